import { assert } from "@std/assert";
import { delay } from "@std/async/delay";
import { EXIT, greeting } from "../../lib/greeting.ts";
import { startServer, stop } from "../support/scripts.ts";
import { fault, size, type Tally } from "../support/fault.ts";
import { Neighbour } from "../support/well_behaved_client.ts";
import {
  asks,
  comes,
  connect,
  connectAndReset,
  encode,
  ends,
  visit,
} from "../support/peers.ts";
import { descriptors, noProc, residentMemory } from "../support/usage.ts";

const target = "tcp_server.ts";

/** What peers do, the good and the bad; each is over in a moment. */
const HABITS: ((port: number, tally: Tally) => Promise<unknown>)[] = [
  (port) => connectAndReset(port),
  (port) => connectAndReset(port, "a".repeat(1_000)),
  async (port) => (await connect(port)).close(),
  async (port, tally) => {
    using conn = await visit(port);
    await tally.count(asks(conn, encode("Sarah")));
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
    // Asks for more than it reads, and leaves.
    await conn.write(new Uint8Array(100_000));
    await conn.read(new Uint8Array(100));
  },
];

fault({
  target,
  fault: `all of these together, on 200 connections for ${size(10, 60)} s`,
  skip: noProc,
  async fn(tally) {
    await using server = await startServer(target, ["--delay=0", "--quiet"]);
    const { pid } = server.process;
    (await visit(server.port)).close();
    const open = descriptors(pid);
    const begin = performance.now();
    const seconds = () => (performance.now() - begin) / 1_000;
    const end = size(10, 60);
    const memory: number[] = [];
    {
      await using neighbours = new AsyncDisposableStack();
      for (let i = 0; i < 50; i++) {
        neighbours.use(new Neighbour(server.port, tally));
      }
      const peers = Promise.all(Array.from({ length: 150 }, async (_, i) => {
        for (; seconds() < end; i++) {
          await HABITS[i % HABITS.length]?.(server.port, tally);
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
    // The collector lets memory rise and fall. What leaks does not fall again.
    const third = Math.floor(memory.length / 3);
    const warm = Math.max(...memory.slice(third, 2 * third));
    const last = Math.min(...memory.slice(-third));
    assert(last < warm * 1.1, `Memory grew from ${warm} to ${last}`);
    await stop(server);
  },
});
