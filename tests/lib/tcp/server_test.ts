import { assertEquals } from "@std/assert";
import { ConnectionSet } from "../../../lib/tcp/server.ts";
import { Seats } from "../../../lib/tcp/_connection_limit.ts";
import { openPair, readToEnd, TOO_MUCH } from "../../support/pair.ts";

const never = new AbortController().signal;
const hello = new TextEncoder().encode("hello");

function setUp(limit = 10) {
  const errors: unknown[] = [];
  const connections = new ConnectionSet({
    seats: new Seats({ most: limit }),
    idleTimeout: 0,
    onError: (error) => errors.push(error),
  });
  return { connections, errors };
}

Deno.test("ConnectionSet runs conversations at the same time and closes them", async () => {
  const { connections, errors } = setUp();
  using a = await openPair();
  using b = await openPair();
  const both = Promise.withResolvers<void>();
  let started = 0;
  for (const { ours } of [a, b]) {
    connections.start(ours, async (connection) => {
      // Neither ends before the other has begun.
      if (++started === 2) both.resolve();
      await both.promise;
      await connection.write(hello);
    });
  }
  assertEquals(connections.size, 2);
  for (const { peers } of [a, b]) {
    assertEquals(await readToEnd(peers), "hello");
  }
  await connections.drain(30_000);
  assertEquals(connections.size, 0);
  assertEquals(errors, []);
});

Deno.test("ConnectionSet tells of a conversation's error and closes it", async () => {
  const errors: [unknown, unknown][] = [];
  const connections = new ConnectionSet({
    seats: new Seats({ most: 1 }),
    idleTimeout: 0,
    onError: (...error) => errors.push(error),
  });
  using pair = await openPair();
  const peer = pair.ours.remoteAddr;
  const broken = new Error("Broken");
  connections.start(pair.ours, () => Promise.reject(broken));
  await connections.room(never);
  assertEquals(errors, [[broken, peer]]);
  assertEquals(await readToEnd(pair.peers), "");
});

Deno.test("ConnectionSet has room again when a conversation ends", async () => {
  const { connections } = setUp(2);
  using a = await openPair();
  using b = await openPair();
  const end = Promise.withResolvers<void>();
  connections.start(a.ours, () => end.promise);
  await connections.room(never);
  connections.start(b.ours, () => new Promise(() => {}));
  let hasRoom = false;
  const room = connections.room(never).then(() => hasRoom = true);
  // Whatever could settle without an end has settled by then.
  await b.peers.write(hello);
  assertEquals(hasRoom, false);
  end.resolve();
  await room;
  assertEquals(connections.size, 1);
});

Deno.test("ConnectionSet stops waiting for room when it is told to", async () => {
  const { connections } = setUp(1);
  using pair = await openPair();
  connections.start(pair.ours, () => new Promise(() => {}));
  const stop = new AbortController();
  const room = connections.room(stop.signal);
  stop.abort();
  await room;
  await connections.room(stop.signal);
  assertEquals(connections.size, 1);
});

Deno.test("ConnectionSet drains: pauses end, answers are written, then the end", async () => {
  const { connections, errors } = setUp();
  using pausing = await openPair();
  using reading = await openPair();
  connections.start(pausing.ours, async (connection) => {
    await connection.pause(1_000_000);
    await connection.write(hello);
    assertEquals(await connection.read(new Uint8Array(1)), null);
    await connection.end();
  });
  connections.start(reading.ours, async (connection) => {
    assertEquals(await connection.read(new Uint8Array(1)), null);
    await connection.end();
  });
  const drained = connections.drain(30_000);
  assertEquals(await readToEnd(pausing.peers), "hello");
  assertEquals(await readToEnd(reading.peers), "");
  pausing.peers.close();
  reading.peers.close();
  assertEquals(await drained, 0);
  assertEquals(errors, []);
});

Deno.test("ConnectionSet cuts off whoever takes no answer, and counts them", async () => {
  const { connections, errors } = setUp();
  using a = await openPair();
  using b = await openPair();
  for (const { ours } of [a, b]) {
    connections.start(ours, (connection) => connection.write(TOO_MUCH));
  }
  assertEquals(await connections.drain(50), 2);
  assertEquals(connections.size, 0);
  assertEquals(errors, []);
});

Deno.test("ConnectionSet that is empty has drained", async () => {
  const { connections } = setUp();
  assertEquals(await connections.drain(0), 0);
});

Deno.test("ConnectionSet lets a conversation wait whose seat another thread took", async () => {
  const seats = new Seats({ most: 1 });
  const errors: unknown[] = [];
  const connections = new ConnectionSet({
    seats,
    idleTimeout: 0,
    onError: (error) => errors.push(error),
  });
  await connections.room(never);
  assertEquals(seats.take(), true);
  using pair = await openPair();
  let hasBegun = false;
  connections.start(pair.ours, async (connection) => {
    hasBegun = true;
    await connection.write(hello);
  });
  assertEquals([hasBegun, connections.size], [false, 1]);
  seats.leave();
  assertEquals(await readToEnd(pair.peers), "hello");
  await connections.drain(30_000);
  assertEquals([errors, seats.isOneFree], [[], true]);
});

Deno.test("ConnectionSet that drains talks no more with who has no seat", async () => {
  const seats = new Seats({ most: 0 });
  const connections = new ConnectionSet({
    seats,
    idleTimeout: 0,
    onError: () => {},
  });
  using pair = await openPair();
  connections.start(pair.ours, (connection) => connection.write(hello));
  assertEquals(await connections.drain(30_000), 0);
  assertEquals(await readToEnd(pair.peers), "");
});
