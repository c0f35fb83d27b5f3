import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { greeting } from "../../lib/greeting.ts";
import { readToEnd } from "../support/loopback_connection.ts";
import { type Server, startServer } from "../support/scripts.ts";
import { fault, size } from "../support/fault.ts";
import { untilFree } from "../support/free_port.ts";
import {
  comes,
  ends,
  PATIENCE,
  terminateBusy,
  terminateUnread,
  visit,
} from "../support/tcp_peers.ts";
import { encode, hello } from "../support/bytes.ts";
import { noSignals } from "../support/skip.ts";

const target = "tcp_server.ts";

async function assertEnds(server: Server, code: number): Promise<string> {
  const ended = await server.process.ended();
  assertEquals(ended.code, code, ended.stderr);
  return ended.stderr;
}

fault({
  target,
  fault: "SIGTERM while it owes 200 peers an answer",
  skip: noSignals,
  async fn(tally) {
    await using server = await startServer(target, [
      ...["--delay=1000000", "--drain-timeout=30", "--max-connections=5000"],
      "--trace",
    ]);
    const conns = await Promise.all(
      Array.from({ length: size(200, 5_000) }, () => visit(server.port)),
    );
    for (const conn of conns) await conn.write(encode("Sarah"));
    // The server owes an answer only to names that it has read. Of thousands of lines
    // at once its trace leaves some out, so no more of them are waited for.
    for (const _ of conns.slice(0, 200)) {
      await server.process.errorLine(/<- .* 5 bytes$/);
    }
    server.process.kill("SIGTERM");
    const answered = async (conn: Deno.TcpConn) =>
      await comes(conn, greeting(encode("Sarah"))) && await ends(conn);
    await Promise.all(conns.map((conn) => tally.count(answered(conn))));
    await untilFree(server.port);
    for (const conn of conns) conn.close();
    const stderr = await assertEnds(server, 0);
    assert(!stderr.includes("Closed"), stderr);
  },
});

for (const delay of ["0", "1", "60"]) {
  fault({
    target,
    fault: `SIGTERM while names wait in the kernel, --delay=${delay}`,
    skip: noSignals,
    async fn(tally) {
      await using server = await startServer(target, [
        `--delay=${delay}`,
        "--quiet",
        "--max-connections=5000",
      ]);
      const name = encode("Sarah");
      const clients = size(200, 1_000);
      await terminateUnread({ ...server, name, clients, tally });
      assertEquals(await assertEnds(server, 0), "");
    },
  });
}

fault({
  target,
  fault: "SIGTERM under load: each name that was sent before it is answered",
  skip: noSignals,
  async fn(tally) {
    await using server = await startServer(target, ["--delay=0", "--quiet"]);
    const name = encode("Sarah");
    const clients = size(200, 500);
    await terminateBusy({ ...server, name, clients, tally }, 5);
    assertEquals(await assertEnds(server, 0), "");
  },
});

/**
 * Sends names and reads no answer, until neither side can send any more: the server
 * waits to write, and its input waits to be read. Returns the pending write, which
 * fails in the end.
 */
async function fillBuffers(
  conn: Deno.TcpConn,
): Promise<{ failed: Promise<unknown> }> {
  const names = encode("0123456789".repeat(10_000));
  for (;;) {
    const write = conn.write(names);
    const isTaken = await deadline(write.then(() => true), 1_000)
      .catch(() => false);
    if (!isTaken) return { failed: write.catch(() => {}) };
  }
}

fault({
  target,
  fault: "SIGTERM while peers are slow to read, and have asked for more",
  skip: noSignals,
  async fn(tally) {
    await using server = await startServer(target, [
      "--delay=0",
      "--drain-timeout=30",
      "--quiet",
    ]);
    const conns = await Promise.all(
      Array.from({ length: size(5, 100) }, () => visit(server.port)),
    );
    // Closing with unread input would reset the connections, and lose what the peers
    // have not received yet.
    const writes = await Promise.all(conns.map(fillBuffers));
    server.process.kill("SIGTERM");
    const receives = async (conn: Deno.TcpConn) => {
      const text = await readToEnd(conn, PATIENCE);
      // Whole greetings, and the end of input instead of a reset.
      const isWhole = new RegExp(`^(${hello("\\d+")})+$`).test(text);
      return text.length > 100_000 && isWhole;
    };
    await Promise.all(conns.map((conn) => tally.count(receives(conn))));
    // One that was given up as late is closed already.
    for (const conn of conns) conn[Symbol.dispose]();
    await Promise.all(writes.map(({ failed }) => failed));
    await untilFree(server.port);
    assertEquals(await assertEnds(server, 0), "");
  },
});

fault({
  target,
  fault: "SIGTERM while peers never read",
  skip: noSignals,
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
    const writes = await Promise.all(conns.map(fillBuffers));
    server.process.kill("SIGTERM");
    await tally.count(ends(reader));
    reader.close();
    const stderr = await assertEnds(server, 0);
    // A server that is still reading stops after half of the time.
    assertMatch(stderr, /Closed \d+ conn.* that had not read|kept sending/);
    for (const conn of conns) conn.close();
    await Promise.all(writes.map(({ failed }) => failed));
  },
});
