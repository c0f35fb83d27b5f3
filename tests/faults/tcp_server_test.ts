import { assert, assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { deadline } from "@std/async/deadline";
import { EXIT, greeting } from "../../lib/greeting.ts";
import { lineLength } from "../../lib/line_length.ts";
import { equals } from "../../lib/io/streams.ts";
import { writeAll } from "../../lib/io/streams.ts";
import { readToEnd } from "../support/pair.ts";
import { Process } from "../support/process.ts";
import { boundPort, ROOT, startServer, stop } from "../support/scripts.ts";
import { fault, size } from "../support/fault.ts";
import { Neighbour } from "../support/well_behaved_client.ts";
import {
  asks,
  comes,
  connectAndReset,
  encode,
  ends,
  PATIENCE,
  repeat,
  visit,
} from "../support/peers.ts";
import {
  cpuTime,
  descriptors,
  noProc,
  residentMemory,
} from "../support/usage.ts";

const target = "tcp_server.ts";
const start = (...args: string[]) =>
  startServer(target, ["--delay=0", ...args]);

/** Waits until the server has as few descriptors open as it had before. */
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
      await using _neighbour = new Neighbour(server.port, tally);
      const peers = size(1_000, 4_000);
      await repeat(peers / 2, 100, () => connectAndReset(server.port));
      // The other half while the server stands still: all of these are reset
      // before they are accepted.
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
  const isRight = await asks(conn, encode("Sarah"));
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
        const isRight = await asks(conn, encode("Sarah"));
        await conn.write(encode("exit"));
        return isRight && await ends(conn);
      })());
    });
    await process.errorLine(/^tcp_server\.ts: Out of file descriptors/);
    // Not a wait for anything: so long it is watched while it cannot accept.
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
      const isRight = await asks(conn, encode("Sarah")) &&
        await asks(conn, encode("Tracy"));
      // Before the server can know: so there are never fewer than are counted.
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
        for (;;) await deadline(writeAll(conn, bytes), PATIENCE);
      } catch (error) {
        // Closed by the server, and not still waiting.
        return !(error instanceof DOMException);
      }
    };
    {
      await using _neighbour = new Neighbour(server.port, tally);
      const peers = size(50, 200);
      await Promise.all(
        Array.from(
          { length: peers },
          (_, i) => tally.count(i % 2 === 0 ? silent() : greedy()),
        ),
      );
    }
    await backTo(open, pid);
    // The greedy would fill gigabytes. Some tens of megabytes are what the heap
    // takes when there is work at all.
    const grown = residentMemory(pid) - memory;
    assert(grown < 150_000_000, `Memory grew by ${grown}`);
    await stop(server);
  },
});

/** A text in which nothing has a meaning of its own: no "!", "exit", line end. */
function namesOf(length: number): string {
  const letters = "abcdfghjklmnopqrstuvwz ";
  return Array.from(
    { length },
    () => letters[Math.floor(Math.random() * letters.length)],
  ).join("");
}

/** Whether the greetings of some cutting of a text are all that comes. */
async function greetsAll(conn: Deno.TcpConn, text: string): Promise<boolean> {
  const names = (await deadline(readToEnd(conn), PATIENCE)).split("!");
  return names.pop() === "" &&
    names.every((greeting) => greeting.startsWith("Hello, ")) &&
    names.map((greeting) => greeting.slice("Hello, ".length)).join("") === text;
}

fault({
  target,
  fault: "names a byte at a time, stuck together, and 1 MiB at once",
  async fn(tally) {
    await using server = await start("--quiet");
    await using _neighbour = new Neighbour(server.port, tally);
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
    await using _neighbour = new Neighbour(server.port, tally);
    const peer = async () => {
      using conn = await visit(server.port);
      const name = namesOf(1 + Math.floor(Math.random() * 300));
      await conn.write(encode(name));
      await conn.closeWrite();
      return await comes(conn, encode(`Hello, ${name}!`)) && await ends(conn);
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
      await using neighbours = new AsyncDisposableStack();
      for (let i = 0; i < 50; i++) {
        neighbours.use(new Neighbour(server.port, tally));
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
        const name = chunk.slice(0, lineLength(chunk));
        if (equals(name, EXIT)) continue;
        await conn.write(chunk);
        if (!await tally.count(comes(conn, greeting(name)))) return;
      }
    };
    await Promise.all(conns.map(talk));
    for (const conn of conns) conn.close();
    assertEquals((await stop(server)).stderr, "");
  },
});
