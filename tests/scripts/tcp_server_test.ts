import { assertEquals, assertStringIncludes } from "@std/assert";
import { greeting, MAX_TCP_NAME } from "../../lib/greeting.ts";
import { readExactly } from "../../lib/io/streams.ts";
import { readToEnd } from "../support/loopback_connection.ts";
import { greet, visit as connect } from "../support/tcp_peers.ts";
import { startServer, stop } from "../support/scripts.ts";
import { decode, encode, hello, WELCOME_TEXT } from "../support/bytes.ts";
import { noIPv6, noSignals, testUnless } from "../support/skip.ts";

const SCRIPT = "tcp_server.ts";

function portOf(conn: Deno.TcpConn): number {
  return conn.localAddr.port;
}

Deno.test("server talks as the tutorial's does, byte for byte", async () => {
  await using server = await startServer(SCRIPT, ["--delay=0"]);
  using conn = await connect(server.port);
  for (const name of ["Michael", "Tracy", "Sarah", "小明"]) {
    assertEquals(decode(await greet(conn, encode(name))), `Hello, ${name}!`);
  }
  await conn.write(encode("exit"));
  assertEquals(await readToEnd(conn), "");
  const port = portOf(conn);
  await server.process.line(`Connection from 127.0.0.1:${port} closed.`);
  const { stdout, stderr } = await stop(server);
  assertEquals({ stdout, stderr }, {
    stdout: `Bind TCP on ${server.port}...\n` +
      `Accept new connection from 127.0.0.1:${port}...\n` +
      `Connection from 127.0.0.1:${port} closed.\n`,
    stderr: "",
  });
});

Deno.test("server answers bytes as they are, without the line end of a person at nc or telnet", async () => {
  await using server = await startServer(SCRIPT, ["--delay=0"]);
  using conn = await connect(server.port);
  for (
    const name of [
      Uint8Array.from({ length: 256 }, (_, i) => i),
      new Uint8Array([0xff]),
      new Uint8Array([0]),
      new Uint8Array(MAX_TCP_NAME).fill(0xc3),
    ]
  ) {
    assertEquals(await greet(conn, name), greeting(name));
  }
  for (const [typed, name] of [["A\n", "A"], ["A\r\n", "A"], ["\n", ""]]) {
    await conn.write(encode(typed ?? ""));
    const expected = greeting(encode(name ?? ""));
    assertEquals(await readExactly(conn, expected.length), expected);
  }
  await conn.write(encode("exit\r\n"));
  assertEquals(await readToEnd(conn), "");
});

Deno.test("server talks to all its clients at the same time", async () => {
  await using server = await startServer(SCRIPT, ["--delay=0.1"]);
  const talk = async () => {
    using conn = await connect(server.port);
    for (const name of ["Michael", "Tracy", "Sarah"]) {
      assertEquals(decode(await greet(conn, encode(name))), hello(name));
    }
    await conn.write(encode("exit"));
    assertEquals(await readToEnd(conn), "");
  };
  await Promise.all(Array.from({ length: 10 }, talk));
  for (let i = 0; i < 10; i++) await server.process.line(/^Connection/);
  const { stdout } = await stop(server);
  const events = stdout.trimEnd().split("\n").slice(1)
    .map((line) => line.split(" ", 1)[0]);
  assertEquals(events, [
    ...Array(10).fill("Accept"),
    ...Array(10).fill("Connection"),
  ]);
});

for (const quiet of [[], ["--quiet"]]) {
  Deno.test(`server closes a connection that is silent for too long ${quiet}`, async () => {
    const args = ["--idle-timeout=0.05", ...quiet];
    await using server = await startServer(SCRIPT, args);
    using conn = await connect(server.port);
    assertEquals(await readToEnd(conn), "");
    const peer = `127.0.0.1:${portOf(conn)}`;
    if (quiet.length === 0) {
      await server.process.line(`Connection from ${peer} closed.`);
      await server.process.errorLine(/no data/);
    }
    const { stdout, stderr } = await stop(server);
    const says = `tcp_server.ts: Cannot talk to ${peer} over TCP: no data `;
    assertEquals(stderr.slice(0, says.length), quiet.length > 0 ? "" : says);
    const lines = quiet.length > 0 ? 1 : 3;
    assertEquals(stdout.trimEnd().split("\n").length, lines);
  });
}

Deno.test("server shows with --trace what crosses the wire, on standard error", async () => {
  await using server = await startServer(SCRIPT, ["--trace", "--delay=0"]);
  using conn = await connect(server.port);
  await greet(conn, encode("Sarah\x1b"));
  await conn.write(encode("exit"));
  await readToEnd(conn);
  conn.close();
  await server.process.line(/^Connection from .* closed\.$/);
  const { stdout, stderr } = await stop(server);
  assertEquals(stdout.split("\n").length, 4);
  for (const piece of [WELCOME_TEXT, "Sarah.", "53 61 72 61 68 1b", "exit"]) {
    assertStringIncludes(stderr, piece);
  }
  assertEquals(stderr.includes("\x1b"), false);
});

testUnless(
  noIPv6,
  "server listens on IPv6, and shows its addresses in brackets",
  async () => {
    await using server = await startServer(SCRIPT, ["-H", "::1", "--delay=0"]);
    using conn = await connect(server.port, "::1");
    assertEquals(decode(await greet(conn, encode("Sarah"))), hello("Sarah"));
    await server.process.line(
      `Accept new connection from [::1]:${portOf(conn)}...`,
    );
  },
);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  testUnless(
    noSignals,
    `server gives its last answers after ${signal}, and exits with 0`,
    async () => {
      await using server = await startServer(SCRIPT, ["--trace", "--delay=60"]);
      using asked = await connect(server.port);
      using silent = await connect(server.port);
      await asked.write(encode("Sarah"));
      await server.process.errorLine(/Sarah/);
      server.process.kill(signal);
      // The sleep is cut short.
      assertEquals(await readToEnd(asked), hello("Sarah"));
      assertEquals(await readToEnd(silent), "");
      asked.close();
      silent.close();
      assertEquals((await server.process.ended()).code, 0);
    },
  );
}

testUnless(
  noSignals,
  "server that is told twice to stop does not wait, and exits with 130",
  async () => {
    await using server = await startServer(SCRIPT, [
      "--delay=0",
      "--drain-timeout=60",
    ]);
    using conn = await connect(server.port);
    server.process.kill("SIGINT");
    // The end of input shows that the first one has been heard.
    assertEquals(await readToEnd(conn), "");
    server.process.kill("SIGINT");
    assertEquals((await server.process.ended()).code, 130);
  },
);
