import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { greeting, isExit } from "../../lib/greeting.ts";
import { writeAll } from "../../lib/io/streams.ts";
import { fault, size, type Tally } from "../support/fault.ts";
import { readToEnd } from "../support/loopback_connection.ts";
import { type Server, startServer, stop } from "../support/scripts.ts";
import {
  comes,
  connect,
  connectAndReset,
  ends,
  isGreeted,
  isServed,
  PATIENCE,
  repeat,
  visit,
  wellBehavedClient,
} from "../support/tcp_peers.ts";
import { descriptors, noProc, residentMemory } from "../support/linux_proc.ts";
import { encode, hello } from "../support/bytes.ts";

const target = "tcp_server.ts";

/**
 * Some clients talk well to the server while others misbehave. Then nothing is left
 * over of any of them, and the server has said nothing about them.
 */
function besides(
  { name, clients = 1, args = ["--delay=0"], skip = false }: {
    name: string;
    clients?: number;
    args?: string[];
    skip?: string | false;
  },
  misbehave: (server: Server, tally: Tally) => Promise<unknown>,
): void {
  fault({
    target,
    fault: name,
    skip,
    async fn(tally) {
      await using server = await startServer(target, ["--quiet", ...args]);
      const open = () => noProc ? 0 : descriptors(server.process.pid);
      (await visit(server.port)).close();
      const before = open();
      {
        await using good = new AsyncDisposableStack();
        for (let i = 0; i < clients; i++) {
          good.use(wellBehavedClient(server.port, tally));
        }
        await misbehave(server, tally);
      }
      const end = performance.now() + PATIENCE;
      while (open() > before) {
        assert(performance.now() < end, `${open()} descriptors are open`);
        await delay(20);
      }
      assertEquals((await stop(server)).stderr, "");
    },
  });
}

besides(
  { name: "peers that connect and reset at once", skip: noProc },
  async ({ port, process }, tally) => {
    const peers = size(1_000, 4_000);
    await repeat(peers / 2, 100, () => connectAndReset(port));
    // The other half while the server is stopped: all of these are reset before
    // they are accepted.
    process.kill("SIGSTOP");
    await repeat(peers / 2, 100, () => connectAndReset(port));
    process.kill("SIGCONT");
    for (let i = 0; i < 10; i++) await tally.count(isServed(port));
  },
);

fault({
  target,
  fault: "more peers than it may talk to",
  async fn(tally) {
    const args = ["--delay=0", "--max-connections=10"];
    await using server = await startServer(target, args);
    let inside = 0;
    let most = 0;
    const peer = async () => {
      using conn = await visit(server.port);
      most = Math.max(most, ++inside);
      const isRight = await isGreeted(conn, encode("Sarah")) &&
        await isGreeted(conn, encode("Tracy"));
      // Counted down before the server sees the end: the count is never too high.
      inside--;
      await conn.write(encode("exit"));
      return isRight && await ends(conn);
    };
    const peers = size(100, 1_000);
    await repeat(peers, 100, () => tally.count(peer()));
    assertEquals(tally.tried, peers);
    assert(most <= 10, `${most} at once`);
    await stop(server);
  },
});

besides(
  {
    name: "peers that say nothing, and that ask and never read",
    args: ["--delay=0", "--idle-timeout=1"],
    skip: noProc,
  },
  async ({ port, process: { pid } }, tally) => {
    const memory = residentMemory(pid);
    const silent = async () => {
      using conn = await visit(port);
      return await ends(conn);
    };
    const greedy = async () => {
      using conn = await visit(port);
      const bytes = encode("a".repeat(100_000));
      try {
        for (;;) await writeAll(conn, bytes);
      } catch (error) {
        // Closed by the server; a write that still waits fails otherwise.
        return error instanceof Deno.errors.ConnectionReset ||
          error instanceof Deno.errors.BrokenPipe;
      }
    };
    const peers = size(50, 200);
    await repeat(
      peers,
      peers,
      (i) => tally.count(i % 2 === 0 ? silent() : greedy()),
    );
    // Unread answers would fill gigabytes. The heap takes some tens of megabytes
    // under any load.
    const grown = residentMemory(pid) - memory;
    assert(grown < 150_000_000, `Memory grew by ${grown}`);
  },
);

fault({
  target,
  fault: "a stop for longer than --idle-timeout, in which names arrive",
  skip: noProc,
  async fn(tally) {
    const args = ["--delay=0", "--idle-timeout=1", "--quiet"];
    await using server = await startServer(target, args);
    const conns = await Promise.all(
      Array.from({ length: size(20, 100) }, () => visit(server.port)),
    );
    server.process.kill("SIGSTOP");
    const name = encode("Sarah");
    for (const conn of conns) await conn.write(name);
    await delay(1_500);
    server.process.kill("SIGCONT");
    const answered = (conn: Deno.TcpConn) => comes(conn, greeting(name));
    await Promise.all(conns.map((conn) => tally.count(answered(conn))));
    for (const conn of conns) conn.close();
  },
});

/** Random text without "!", "exit" and line ends, which have a meaning. */
function namesOf(length: number): string {
  const letters = "abcdfghjklmnopqrstuvwz ";
  return Array.from(
    { length },
    () => letters[Math.floor(Math.random() * letters.length)],
  ).join("");
}

/** Whether the answers greet all pieces of a text, however it was cut. */
async function greetsAll(conn: Deno.TcpConn, text: string): Promise<boolean> {
  const received = await readToEnd(conn, PATIENCE);
  const [before = "", after = ""] = hello("#").split("#");
  // No name holds an "!", so each one ends a greeting.
  const names = received.split(after).slice(0, -1)
    .map((greeting) => greeting.replace(before, ""));
  return names.join("") === text && names.map(hello).join("") === received;
}

besides(
  { name: "names a byte at a time, stuck together, and 1 MiB at once" },
  async ({ port }, tally) => {
    const send = async (text: string, most: number) => {
      using conn = await visit(port);
      const bytes = encode(text);
      const sending = (async () => {
        for (let at = 0; at < bytes.length;) {
          const end = at + 1 + Math.floor(Math.random() * most);
          await writeAll(conn, bytes.subarray(at, end));
          at = end;
        }
        await conn.closeWrite();
      })();
      const isRight = await greetsAll(conn, text);
      await sending;
      return isRight;
    };
    for (let i = 0; i < size(10, 100); i++) {
      await tally.count(send(namesOf(2_000), 1));
      await tally.count(send(namesOf(20_000), 3_000));
      if (i % 5 === 0) await tally.count(send(namesOf(1_048_576), 2_000_000));
    }
  },
);

besides(
  {
    name: "peers that end their side before they are answered",
    args: ["--delay=0.02"],
  },
  ({ port }, tally) => {
    const peer = async () => {
      using conn = await visit(port);
      const name = encode(namesOf(1 + Math.floor(Math.random() * 300)));
      await conn.write(name);
      await conn.closeWrite();
      return await comes(conn, greeting(name)) && await ends(conn);
    };
    return repeat(size(200, 2_000), 50, () => tally.count(peer()));
  },
);

besides(
  { name: "resets in the middle of an answer", clients: 50 },
  ({ port }) =>
    repeat(
      size(200, 1_000),
      20,
      () => connectAndReset(port, "a".repeat(1_000)),
    ),
);

besides(
  { name: "random bytes, of every length that one read takes" },
  ({ port }, tally) => {
    const chunks = size(5_000, 100_000);
    let sent = 0;
    return repeat(20, 20, async () => {
      using conn = await visit(port);
      while (sent < chunks) {
        const length = 1 + sent++ % 1_024;
        const chunk = crypto.getRandomValues(new Uint8Array(length));
        if (isExit(chunk)) continue;
        await conn.write(chunk);
        if (!await tally.count(comes(conn, greeting(chunk)))) return;
      }
    });
  },
);

/** What good and bad peers do; each takes a moment. */
const BEHAVIOURS: ((port: number, tally: Tally) => Promise<unknown>)[] = [
  (port) => connectAndReset(port),
  (port) => connectAndReset(port, "a".repeat(1_000)),
  async (port) => (await connect(port)).close(),
  (port, tally) => tally.count(isServed(port)),
  async (port, tally) => {
    using conn = await visit(port);
    const name = crypto.getRandomValues(new Uint8Array(1_000))
      .map((byte) => byte | 1);
    await conn.write(name);
    await conn.closeWrite();
    await tally.count(comes(conn, greeting(name)));
    await tally.count(ends(conn));
  },
  async (port) => {
    using conn = await visit(port);
    // Sends more than it reads, and closes.
    await conn.write(new Uint8Array(100_000));
    await conn.read(new Uint8Array(100));
  },
];

/** A short run cannot judge memory. */
const SECONDS = size(2, 60);

besides(
  {
    name: `everything at once, on 200 connections for ${SECONDS} s`,
    clients: 50,
    skip: noProc,
  },
  async ({ port, process: { pid } }, tally) => {
    const end = performance.now() + SECONDS * 1_000;
    const isOver = () => performance.now() >= end;
    const memory: number[] = [];
    const peers = repeat(150, 150, async (i) => {
      for (; !isOver(); i++) {
        await BEHAVIOURS[i % BEHAVIOURS.length]?.(port, tally);
      }
    });
    while (!isOver()) {
      await delay(100);
      memory.push(residentMemory(pid));
    }
    await peers;
    // Garbage collection lets memory rise and fall. A leak does not fall again.
    const third = Math.floor(memory.length / 3);
    const warm = Math.max(...memory.slice(third, 2 * third));
    const last = Math.min(...memory.slice(-third));
    assert(
      SECONDS < 10 || last < warm * 1.1,
      `Memory grew from ${warm} to ${last}`,
    );
  },
);
