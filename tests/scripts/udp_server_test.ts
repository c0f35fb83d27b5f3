import { greeting, MAX_UDP_NAME } from "../../lib/greeting.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { deno, startServer, stop } from "../support/scripts.ts";
import { hasIPv6 } from "../support/ipv6.ts";
import { encode, hello, MAX_DATAGRAM } from "../support/wire.ts";

const SCRIPT = "udp_server.ts";

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
      encode("\r"),
      Uint8Array.from({ length: 256 }, (_, i) => i),
    ]
  ) {
    for (const client of [first, second]) {
      await client.send(name, server.port);
      assertEquals(
        await client.receive(),
        greeting(name),
      );
    }
  }
  const { stdout, stderr } = await stop(server);
  const lines = [first, second]
    .map(({ port }) => `Received from 127.0.0.1:${port}.\n`).join("");
  assertEquals(stdout, `Bind UDP on ${server.port}...\n${lines.repeat(6)}`);
  assertEquals(stderr, "");
});

Deno.test("server leaves out one line ending, as a person at nc types it", async () => {
  await using server = await startServer(SCRIPT);
  using client = open();
  for (
    const [typed, name] of [
      ["Sarah\n", "Sarah"],
      ["Sarah\r\n", "Sarah"],
      ["\n", ""],
    ] as const
  ) {
    await client.send(encode(typed), server.port);
    assertEquals(await client.receive(), encode(hello(name)));
  }
});

Deno.test("server answers the longest name, and reports one that is longer", async () => {
  await using server = await startServer(SCRIPT);
  using client = open();
  const longest = new Uint8Array(MAX_UDP_NAME).fill(0x61);
  await client.send(longest, server.port);
  assertEquals((await client.receive()).length, MAX_DATAGRAM);
  await client.send(new Uint8Array(MAX_UDP_NAME + 1), server.port);
  await server.process.errorLine(
    new RegExp(`Cannot talk to 127.0.0.1:${client.port} over UDP`),
  );
  await client.send(encode("Sarah"), server.port);
  assertEquals(await client.receive(), encode(hello("Sarah")));
});

Deno.test("server that is quiet prints the Bind line alone", async () => {
  await using server = await startServer(SCRIPT, ["--quiet"]);
  using client = open();
  await client.send(new Uint8Array(MAX_DATAGRAM), server.port);
  await client.send(encode("Sarah"), server.port);
  assertEquals(await client.receive(), encode(hello("Sarah")));
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
  assertStringIncludes(stderr, hello("Sarah").slice(0, 3));
  assertEquals(stderr.includes("\x1b"), false);
});

Deno.test("server that may not answer a client says what to grant, and goes on", async () => {
  await using server = await startServer(SCRIPT, [], {
    allow: ["net=127.0.0.1:0"],
  });
  using client = open();
  for (let i = 0; i < 2; i++) {
    await client.send(encode("Sarah"), server.port);
    await server.process.line(`Received from 127.0.0.1:${client.port}.`);
  }
  const { stderr } = await stop(server);
  assertStringIncludes(
    stderr,
    `udp_server.ts: Cannot talk to 127.0.0.1:${client.port} over UDP: ` +
      "Deno does not allow it; grant --allow-net=127.0.0.1\n",
  );
});

Deno.test("server that may not listen says all that it needs", async () => {
  for (
    const [hostname, advice] of [
      ["0.0.0.0", "--allow-net"],
      ["192.0.2.1", "--allow-net"],
      ["::1", "--allow-net=[::1]"],
      ["localhost", "--allow-net=localhost,127.0.0.1,[::1]"],
    ] as const
  ) {
    await using server = deno(SCRIPT, ["-H", hostname], { allow: [] });
    const { code, stderr } = await server.ended();
    assertEquals(code, 1);
    assertStringIncludes(stderr, `grant ${advice}\n`);
  }
});

Deno.test({
  name: "server listens on IPv6, and shows its addresses in brackets",
  ignore: !hasIPv6,
  async fn() {
    await using server = await startServer(SCRIPT, ["-H", "::1"]);
    using client = open("::1");
    await client.send(encode("Sarah"), server.port);
    assertEquals(await client.receive(), encode(hello("Sarah")));
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
