import { assert } from "@std/assert";
import { delay } from "@std/async/delay";
import { EXIT, greeting } from "../../lib/greeting.ts";
import { startServer, stop } from "../support/scripts.ts";
import { fault, size, type Tally } from "../support/fault.ts";
import {
  comes,
  connect,
  connectAndReset,
  ends,
  isGreeted,
  visit,
  WellBehavedClient,
} from "../support/tcp_peers.ts";
import { descriptors, noProc, residentMemory } from "../support/usage.ts";
import { encode } from "../support/wire.ts";

const target = "tcp_server.ts";

/** What good and bad peers do; each takes a moment. */
const BEHAVIOURS: ((port: number, tally: Tally) => Promise<unknown>)[] = [
  (port) => connectAndReset(port),
  (port) => connectAndReset(port, "a".repeat(1_000)),
  async (port) => (await connect(port)).close(),
  async (port, tally) => {
    using conn = await visit(port);
    await tally.count(isGreeted(conn, encode("Sarah")));
    await conn.write(EXIT.slice());
    await tally.count(ends(conn));
  },
  async (port, tally) => {
    using conn = await visit(port);
    const name = crypto.getRandomValues(new Uint8Array(1_000)).map((b) =>
      b | 1
    );
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

fault({
  target,
  fault: `everything at once, on 200 connections for ${size(5, 60)} s`,
  skip: noProc,
  async fn(tally) {
    await using server = await startServer(target, ["--delay=0", "--quiet"]);
    const { pid } = server.process;
    (await visit(server.port)).close();
    const open = descriptors(pid);
    const begin = performance.now();
    const seconds = () => (performance.now() - begin) / 1_000;
    const end = size(5, 60);
    const memory: number[] = [];
    {
      await using clients = new AsyncDisposableStack();
      for (let i = 0; i < 50; i++) {
        clients.use(new WellBehavedClient(server.port, tally));
      }
      const peers = Promise.all(Array.from({ length: 150 }, async (_, i) => {
        for (; seconds() < end; i++) {
          await BEHAVIOURS[i % BEHAVIOURS.length]?.(server.port, tally);
        }
      }));
      while (seconds() < end) {
        await delay(100);
        memory.push(residentMemory(pid));
      }
      await peers;
    }
    while (descriptors(pid) > open) {
      assert(seconds() < end + 30, "Descriptors are left over");
      await delay(20);
    }
    // Garbage collection lets memory rise and fall. A leak does not fall again.
    const third = Math.floor(memory.length / 3);
    const warm = Math.max(...memory.slice(third, 2 * third));
    const last = Math.min(...memory.slice(-third));
    assert(last < warm * 1.1, `Memory grew from ${warm} to ${last}`);
    await stop(server);
  },
});
