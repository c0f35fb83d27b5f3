import { MAX_UDP_NAME } from "../../lib/greeting.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startServer, stop } from "../support/scripts.ts";
import { UdpPeer } from "../support/udp_peers.ts";
import { encode, hello, MAX_DATAGRAM } from "../support/bytes.ts";
import { noIPv6, noSignals, testUnless } from "../support/skip.ts";

const SCRIPT = "udp_server.ts";

Deno.test("server answers each datagram to its sender, byte for byte", async () => {
  await using server = await startServer(SCRIPT);
  using first = new UdpPeer(server.port);
  using second = new UdpPeer(server.port);
  const names = ["Michael", "小明", "", "exit", "\r", "Sarah\n", "Sarah\r\n"];
  const all = [
    ...names.map(encode),
    Uint8Array.from({ length: 256 }, (_, i) => i),
    new Uint8Array(MAX_UDP_NAME),
  ];
  for (const name of all) {
    for (const peer of [first, second]) assert(await peer.isGreeted(name));
  }
  const { stdout, stderr } = await stop(server);
  const lines = [first, second]
    .map(({ port }) => `Received from 127.0.0.1:${port}.\n`).join("");
  assertEquals(
    stdout,
    `Bind UDP on ${server.port}...\n${lines.repeat(all.length)}`,
  );
  assertEquals(stderr, "");
});

Deno.test("server that is quiet prints the Bind line alone, whatever it gets", async () => {
  await using server = await startServer(SCRIPT, ["--quiet"]);
  using peer = new UdpPeer(server.port);
  for (const length of [MAX_UDP_NAME + 1, MAX_DATAGRAM]) {
    await peer.send(new Uint8Array(length));
    assert(await peer.isGreeted(encode("Sarah")));
  }
  const { stdout, stderr } = await stop(server);
  const bind = `Bind UDP on ${server.port}...\n`;
  assertEquals({ stdout, stderr }, { stdout: bind, stderr: "" });
});

Deno.test("server shows with --trace what crosses the wire, on standard error", async () => {
  await using server = await startServer(SCRIPT, ["--trace"]);
  using peer = new UdpPeer(server.port);
  assert(await peer.isGreeted(encode("Sarah\x1b")));
  await server.process.errorLine(RegExp(hello("Sarah").slice(0, 3)));
  const { stderr } = await stop(server);
  assertStringIncludes(stderr, "Sarah.");
  assertStringIncludes(stderr, hello("Sarah").slice(0, 3));
  assertEquals(stderr.includes("\x1b"), false);
});

Deno.test("server that may not answer a client says what to grant, and goes on", async () => {
  await using server = await startServer(SCRIPT, [], {
    allow: ["net=127.0.0.1:0"],
  });
  using peer = new UdpPeer(server.port);
  for (let i = 0; i < 2; i++) {
    await peer.send(encode("Sarah"));
    await server.process.line(`Received from 127.0.0.1:${peer.port}.`);
  }
  const { stderr } = await stop(server);
  assertStringIncludes(
    stderr,
    `udp_server.ts: Cannot talk to 127.0.0.1:${peer.port} over UDP: ` +
      "Deno does not allow it; grant --allow-net=127.0.0.1\n",
  );
});

testUnless(
  noIPv6,
  "server listens on IPv6, and shows its addresses in brackets",
  async () => {
    await using server = await startServer(SCRIPT, ["-H", "::1"]);
    using peer = new UdpPeer(server.port, "::1");
    assert(await peer.isGreeted(encode("Sarah")));
    await server.process.line(`Received from [::1]:${peer.port}.`);
  },
);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  testUnless(
    noSignals,
    `server ends with ${signal} and exits with 0`,
    async () => {
      await using server = await startServer(SCRIPT);
      server.process.kill(signal);
      const { code, stderr } = await server.process.ended();
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
    },
  );
}
