import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { greeting, isExit } from "../../lib/greeting.ts";
import { writeAll } from "../../lib/io/streams.ts";
import { readToEnd } from "../support/pair.ts";
import { Process } from "../support/process.ts";
import { boundPort, ROOT, startServer, stop } from "../support/scripts.ts";
import { fault, size } from "../support/fault.ts";
import {
  comes,
  connectAndReset,
  ends,
  isGreeted,
  PATIENCE,
  repeat,
  visit,
  WellBehavedClient,
} from "../support/tcp_peers.ts";
import {
  cpuTime,
  descriptors,
  noProc,
  residentMemory,
} from "../support/usage.ts";
import { encode, hello } from "../support/wire.ts";

const target = "tcp_server.ts";
const start = (...args: string[]) =>
  startServer(target, ["--delay=0", ...args]);

/** Waits until the server has no more open descriptors than before. */
async function backTo(count: number, pid: number): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (descriptors(pid) > count) {
    assert(performance.now() < end, `${descriptors(pid)} descriptors are open`);
    await delay(20);
  }
}

fault({
  target,
  fault: "peers that connect and reset at once",
  skip: noProc,
  async fn(tally) {
    await using server = await start("--quiet");
    const { pid } = server.process;
    (await visit(server.port)).close();
    const before = descriptors(pid);
    {
      await using _client = new WellBehavedClient(server.port, tally);
      const peers = size(1_000, 4_000);
      await repeat(peers / 2, 100, () => connectAndReset(server.port));
      // The other half while the server is stopped: all of these are reset before
      // they are accepted.
      server.process.kill("SIGSTOP");
      await repeat(peers / 2, 100, () => connectAndReset(server.port));
      server.process.kill("SIGCONT");
      for (let i = 0; i < 10; i++) {
        await tally.count(visitAndLeave(server.port));
      }
    }
    await backTo(before, pid);
    assertEquals((await stop(server)).stderr, "");
  },
});

async function visitAndLeave(port: number): Promise<boolean> {
  using conn = await visit(port);
  const isRight = await isGreeted(conn, encode("Sarah"));
  await conn.write(encode("exit"));
  return isRight && await ends(conn);
}

fault({
  target,
  fault: "more peers than it has descriptors",
  skip: noProc,
  async fn(tally) {
    const deno = [
      Deno.execPath(),
      "run",
      "--no-prompt",
      "--allow-net=127.0.0.1",
    ];
    await using process = Process.start("sh", [
      "-c",
      'ulimit -n 64 && exec "$@"',
      "sh",
      ...deno,
      target,
      "--port=0",
      "--delay=0",
    ], { cwd: ROOT, env: { NO_COLOR: "1" } });
    const port = await boundPort(process);
    const { promise: hold, resolve: release } = Promise.withResolvers<void>();
    const peers = Array.from({ length: 500 }, async () => {
      const visiting = visit(port);
      await hold;
      await tally.count((async () => {
        using conn = await visiting;
        const isRight = await isGreeted(conn, encode("Sarah"));
        await conn.write(encode("exit"));
        return isRight && await ends(conn);
      })());
    });
    await process.errorLine(/^tcp_server\.ts: Out of file descriptors/);
    // The time over which its load is measured while it cannot accept.
    const [cpu, since] = [cpuTime(process.pid), performance.now()];
    await delay(size(1_000, 10_000));
    const load = (cpuTime(process.pid) - cpu) / (performance.now() - since);
    assert(load < 0.2, `It took ${load} of a core`);
    release();
    await Promise.all(peers);
    process.kill("SIGTERM");
    const { code, stderr } = await process.ended();
    assertEquals(code, 0);
    assert(stderr.split("\n").length < 10, stderr);
  },
});

fault({
  target,
  fault: "more peers than it may talk to",
  async fn(tally) {
    await using server = await start("--max-connections=10");
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

fault({
  target,
  fault: "peers that say nothing, and that ask and never read",
  skip: noProc,
  async fn(tally) {
    await using server = await start("--idle-timeout=1", "--quiet");
    const { pid } = server.process;
    (await visit(server.port)).close();
    const [open, memory] = [descriptors(pid), residentMemory(pid)];
    const silent = async () => {
      using conn = await visit(server.port);
      return await ends(conn);
    };
    const greedy = async () => {
      using conn = await visit(server.port);
      const bytes = encode("a".repeat(100_000));
      try {
        for (;;) await writeAll(conn, bytes);
      } catch (error) {
        // Closed by the server; a write that still waits fails otherwise.
        return error instanceof Deno.errors.ConnectionReset ||
          error instanceof Deno.errors.BrokenPipe;
      }
    };
    {
      await using _client = new WellBehavedClient(server.port, tally);
      const peers = size(50, 200);
      await Promise.all(
        Array.from(
          { length: peers },
          (_, i) => tally.count(i % 2 === 0 ? silent() : greedy()),
        ),
      );
    }
    await backTo(open, pid);
    // Unread answers would fill gigabytes. The heap takes some tens of megabytes
    // under any load.
    const grown = residentMemory(pid) - memory;
    assert(grown < 150_000_000, `Memory grew by ${grown}`);
    await stop(server);
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

fault({
  target,
  fault: "names a byte at a time, stuck together, and 1 MiB at once",
  async fn(tally) {
    await using server = await start("--quiet");
    await using _client = new WellBehavedClient(server.port, tally);
    const send = async (text: string, most: number) => {
      using conn = await visit(server.port);
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
    }
    for (let i = 0; i < size(2, 20); i++) {
      await tally.count(send(namesOf(1_048_576), 2_000_000));
    }
  },
});

fault({
  target,
  fault: "peers that end their side before they are answered",
  async fn(tally) {
    await using server = await startServer(target, ["--delay=0.02", "--quiet"]);
    await using _client = new WellBehavedClient(server.port, tally);
    const peer = async () => {
      using conn = await visit(server.port);
      const name = namesOf(1 + Math.floor(Math.random() * 300));
      await conn.write(encode(name));
      await conn.closeWrite();
      return await comes(conn, greeting(encode(name))) && await ends(conn);
    };
    await repeat(size(200, 2_000), 50, () => tally.count(peer()));
  },
});

fault({
  target,
  fault: "resets in the middle of an answer",
  skip: noProc,
  async fn(tally) {
    await using server = await start("--quiet");
    const { pid } = server.process;
    (await visit(server.port)).close();
    const before = descriptors(pid);
    {
      await using clients = new AsyncDisposableStack();
      for (let i = 0; i < 50; i++) {
        clients.use(new WellBehavedClient(server.port, tally));
      }
      const name = "a".repeat(1_000);
      await repeat(
        size(200, 1_000),
        20,
        () => connectAndReset(server.port, name),
      );
    }
    await backTo(before, pid);
    assertEquals((await stop(server)).stderr, "");
  },
});

fault({
  target,
  fault: "random bytes, of every length that one read takes",
  async fn(tally) {
    await using server = await start("--quiet");
    const conns = await Promise.all(
      Array.from({ length: 20 }, () => visit(server.port)),
    );
    const chunks = size(5_000, 100_000);
    let sent = 0;
    const talk = async (conn: Deno.TcpConn) => {
      while (sent < chunks) {
        const chunk = crypto.getRandomValues(
          new Uint8Array(1 + sent++ % 1_024),
        );
        if (isExit(chunk)) continue;
        await conn.write(chunk);
        if (!await tally.count(comes(conn, greeting(chunk)))) return;
      }
    };
    await Promise.all(conns.map(talk));
    for (const conn of conns) conn.close();
    assertEquals((await stop(server)).stderr, "");
  },
});
