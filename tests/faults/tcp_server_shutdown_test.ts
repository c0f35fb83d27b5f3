import { assert, assertEquals, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { readToEnd } from "../support/pair.ts";
import { type Server, startServer } from "../support/scripts.ts";
import { fault, size } from "../support/fault.ts";
import {
  comes,
  connect,
  encode,
  ends,
  PATIENCE,
  visit,
} from "../support/peers.ts";

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
    const stderr = await assertEnds(server, 0);
    assert(!stderr.includes("Cut off"), stderr);
  },
});

/**
 * Sends names and reads no answer, until neither side can send any more: the
 * server waits to write, and its input waits to be read. Returns the write that
 * waits, which fails in the end.
 */
async function stuff(
  conn: Deno.TcpConn,
): Promise<{ failed: Promise<unknown> }> {
  const names = encode("0123456789".repeat(10_000));
  for (;;) {
    const write = conn.write(names);
    const isTaken = await deadline(write.then(() => true), 300)
      .catch(() => false);
    if (!isTaken) return { failed: write.catch(() => {}) };
  }
}

fault({
  target,
  fault: "SIGTERM while peers are slow to read, and have asked for more",
  skip,
  async fn(tally) {
    await using server = await startServer(target, [
      "--delay=0",
      "--drain-timeout=30",
      "--quiet",
    ]);
    const conns = await Promise.all(
      Array.from({ length: size(20, 100) }, () => visit(server.port)),
    );
    // To close with input unread would reset the connections, and cut off what
    // the peers have not received yet.
    const writes = await Promise.all(conns.map(stuff));
    server.process.kill("SIGTERM");
    const receives = async (conn: Deno.TcpConn) => {
      const text = await readToEnd(conn);
      // Whole greetings, and the end of input instead of a reset.
      return text.length > 100_000 && /^(Hello, \d+!)+$/.test(text);
    };
    await Promise.all(
      conns.map((conn) => tally.count(deadline(receives(conn), PATIENCE))),
    );
    for (const conn of conns) conn.close();
    await Promise.all(writes.map(({ failed }) => failed));
    await assertRefuses(server.port);
    assertEquals(await assertEnds(server, 0), "");
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
    const reader = await visit(server.port);
    const conns = await Promise.all(
      Array.from({ length: 20 }, () => visit(server.port)),
    );
    const writes = await Promise.all(conns.map(stuff));
    server.process.kill("SIGTERM");
    await tally.count(ends(reader));
    reader.close();
    const stderr = await assertEnds(server, 0);
    assert(stderr.includes("Cut off 20 who"), stderr);
    for (const conn of conns) conn.close();
    await Promise.all(writes.map(({ failed }) => failed));
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
