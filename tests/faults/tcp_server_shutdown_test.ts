import { assert, assertEquals, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { readToEnd } from "../lib/pair.ts";
import { type Server, startServer } from "../scripts.ts";
import { fault, size } from "./fault.ts";
import { comes, connect, encode, ends, PATIENCE, visit } from "./peers.ts";

const target = "tcp_server.ts";
const skip = Deno.build.os === "windows" && "no SIGTERM";

async function assertEnds(server: Server, code: number): Promise<string> {
  const ended = await server.process.ended();
  assertEquals(ended.code, code, ended.stderr);
  return ended.stderr;
}

async function assertRefuses(port: number): Promise<void> {
  await assertRejects(() => connect(port), Deno.errors.ConnectionRefused);
}

fault({
  target,
  fault: "SIGTERM while it owes 200 peers an answer",
  skip,
  async fn(tally) {
    await using server = await startServer(target, ["--delay=60", "--trace"]);
    const conns = await Promise.all(
      Array.from({ length: size(200, 1_000) }, () => visit(server.port)),
    );
    for (const conn of conns) await conn.write(encode("Sarah"));
    // Only what the server has read is owed an answer.
    for (const _ of conns) await server.process.errorLine(/<- .* 5 bytes$/);
    server.process.kill("SIGTERM");
    const answered = async (conn: Deno.TcpConn) =>
      await comes(conn, encode("Hello, Sarah!")) && await ends(conn);
    await Promise.all(conns.map((conn) => tally.count(answered(conn))));
    await assertRefuses(server.port);
    for (const conn of conns) conn.close();
    await assertEnds(server, 0);
  },
});

fault({
  target,
  fault: "SIGTERM while 200 peers ask without a pause",
  skip,
  async fn(tally) {
    await using server = await startServer(target, ["--delay=0", "--quiet"]);
    const conns = await Promise.all(
      Array.from({ length: 200 }, () => visit(server.port)),
    );
    // So there is always input that the server has not read: to close with
    // that would reset the connection and cut the last answers off.
    const name = encode("0123456789".repeat(100));
    const ask = async (conn: Deno.TcpConn) => {
      try {
        for (;;) await conn.write(name);
      } catch {
        // The server has closed: until then it was to be asked.
      }
    };
    const asking = conns.map(ask);
    let received = 0;
    const { promise: busy, resolve } = Promise.withResolvers<void>();
    const read = async (conn: Deno.TcpConn) => {
      const decoder = new TextDecoder();
      const buffer = new Uint8Array(65_536);
      let text = "";
      for (let n; (n = await conn.read(buffer)) !== null;) {
        text += decoder.decode(buffer.subarray(0, n));
        if ((received += n) > size(2_000_000, 20_000_000)) resolve();
      }
      // Nothing but whole greetings, and the end of input instead of a reset.
      return /^(Hello, \d+!)+$/.test(text);
    };
    const reading = conns.map((conn) =>
      tally.count(deadline(read(conn), PATIENCE))
    );
    await busy;
    server.process.kill("SIGTERM");
    await Promise.all(reading);
    for (const conn of conns) conn.close();
    await Promise.all(asking);
    await assertRefuses(server.port);
    await assertEnds(server, 0);
  },
});

fault({
  target,
  fault: "SIGTERM while peers never read",
  skip,
  async fn(tally) {
    await using server = await startServer(target, [
      "--delay=0",
      "--drain-timeout=0.5",
      "--quiet",
    ]);
    const peers = 20;
    const { promise: full, resolve } = Promise.withResolvers<void>();
    let stuck = 0;
    const greedy = async () => {
      using conn = await visit(server.port);
      const bytes = new Uint8Array(1_000_000).fill(0x61);
      try {
        // A write that takes a part of it only had no room for more.
        while (await conn.write(bytes) === bytes.length);
        if (++stuck === peers) resolve();
        for (;;) await conn.write(bytes);
      } catch {
        return true; // Cut off, as it has to be.
      }
    };
    const reader = await visit(server.port);
    const all = Array.from(
      { length: peers },
      () => tally.count(deadline(greedy(), PATIENCE)),
    );
    await full;
    server.process.kill("SIGTERM");
    await tally.count(ends(reader));
    reader.close();
    await Promise.all(all);
    const stderr = await assertEnds(server, 0);
    assert(stderr.includes(`Cut off ${peers} who`), stderr);
  },
});

fault({
  target,
  fault: "a second signal while it waits for its peers",
  skip,
  async fn(tally) {
    await using server = await startServer(target, [
      "--delay=0",
      "--drain-timeout=60",
      "--quiet",
    ]);
    using conn = await visit(server.port);
    server.process.kill("SIGINT");
    // The end of input shows that the first signal has been heard.
    await tally.count(readToEnd(conn).then((text) => text === ""));
    server.process.kill("SIGTERM");
    await assertEnds(server, 130);
  },
});
