import { assertEquals, assertStringIncludes } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { startServer, stop } from "../support/scripts.ts";
import { hasIPv6 } from "../support/ipv6.ts";

const SCRIPT = "udp_server.ts";
const encode = (text: string) => new TextEncoder().encode(text);

/** A client's socket, closed with the block. */
function open(hostname = "127.0.0.1") {
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  return {
    port,
    async send(datagram: Uint8Array, to: number) {
      await socket.send(datagram, { transport: "udp", hostname, port: to });
    },
    async receive() {
      const buffer = new Uint8Array(65_535);
      const [datagram] = await deadline(socket.receive(buffer), 30_000);
      return datagram;
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

Deno.test("server answers each datagram to its sender, byte for byte", async () => {
  await using server = await startServer(SCRIPT);
  using first = open();
  using second = open();
  for (
    const name of [
      encode("Michael"),
      encode("小明"),
      encode(""),
      encode("exit"),
      encode("Sarah\n"),
      Uint8Array.from({ length: 256 }, (_, i) => i),
    ]
  ) {
    for (const client of [first, second]) {
      await client.send(name, server.port);
      assertEquals(
        await client.receive(),
        new Uint8Array([...encode("Hello, "), ...name, 0x21]),
      );
    }
  }
  const { stdout, stderr } = await stop(server);
  const lines = [first, second]
    .map(({ port }) => `Received from 127.0.0.1:${port}.\n`).join("");
  assertEquals(stdout, `Bind UDP on ${server.port}...\n${lines.repeat(6)}`);
  assertEquals(stderr, "");
});

Deno.test("server answers the longest name, and notes one that is longer", async () => {
  await using server = await startServer(SCRIPT);
  using client = open();
  const longest = new Uint8Array(65_499).fill(0x61);
  await client.send(longest, server.port);
  assertEquals((await client.receive()).length, 65_507);
  await client.send(new Uint8Array(65_500), server.port);
  await server.process.errorLine(
    new RegExp(`Cannot talk to 127.0.0.1:${client.port} over UDP`),
  );
  await client.send(encode("Sarah"), server.port);
  assertEquals(await client.receive(), encode("Hello, Sarah!"));
});

Deno.test("server that is quiet prints the Bind line alone", async () => {
  await using server = await startServer(SCRIPT, ["--quiet"]);
  using client = open();
  await client.send(new Uint8Array(65_507), server.port);
  await client.send(encode("Sarah"), server.port);
  assertEquals(await client.receive(), encode("Hello, Sarah!"));
  const { stdout, stderr } = await stop(server);
  assertEquals(stdout, `Bind UDP on ${server.port}...\n`);
  assertEquals(stderr, "");
});

Deno.test("server shows with --trace what crosses the wire, on standard error", async () => {
  await using server = await startServer(SCRIPT, ["--trace"]);
  using client = open();
  await client.send(encode("Sarah\x1b"), server.port);
  await client.receive();
  await server.process.line(/^Received from/);
  const { stderr } = await stop(server);
  assertStringIncludes(stderr, "Sarah.");
  assertStringIncludes(stderr, "Hello, ");
  assertEquals(stderr.includes("\x1b"), false);
});

Deno.test({
  name: "server listens on IPv6, and shows its addresses in brackets",
  ignore: !hasIPv6,
  async fn() {
    await using server = await startServer(SCRIPT, ["-H", "::1"]);
    using client = open("::1");
    await client.send(encode("Sarah"), server.port);
    assertEquals(await client.receive(), encode("Hello, Sarah!"));
    await server.process.line(`Received from [::1]:${client.port}.`);
  },
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `server ends with ${signal} and exits with 0`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using server = await startServer(SCRIPT);
      server.process.kill(signal);
      const { code, stderr } = await server.process.ended();
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
    },
  });
}
