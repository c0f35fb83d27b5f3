import { assertEquals, assertRejects } from "@std/assert";
import { Connection, IdleTimeoutError } from "../../../lib/tcp/connection.ts";
import { IdleTimer } from "../../../lib/tcp/_idle_timer.ts";
import {
  openPair,
  openReset,
  readToEnd,
  TOO_MUCH,
} from "../../support/pair.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const hello = new TextEncoder().encode("hello");

Deno.test("Connection reads what comes, up to the end of input", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  const buffer = new Uint8Array(100);
  await pair.peers.write(hello);
  assertEquals(await connection.read(buffer), 5);
  assertEquals(text(buffer.subarray(0, 5)), "hello");
  await pair.peers.closeWrite();
  assertEquals(await connection.read(buffer), null);
});

Deno.test("Connection writes everything to a reader that is slow", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours, { idle: new IdleTimer(30_000) });
  const written = connection.write(TOO_MUCH).then(() => connection.end());
  assertEquals((await readToEnd(pair.peers)).length, TOO_MUCH.length);
  pair.peers.close();
  await written;
});

Deno.test("Connection closes when a read waits for too long", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours, { idle: new IdleTimer(10) });
  const buffer = new Uint8Array(100);
  await assertRejects(() => connection.read(buffer), IdleTimeoutError);
  assertEquals(await pair.peers.read(buffer), null);
  await assertRejects(() => connection.read(buffer), IdleTimeoutError);
});

Deno.test("Connection closes when a write waits for too long", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours, { idle: new IdleTimer(50) });
  await assertRejects(() => connection.write(TOO_MUCH), IdleTimeoutError);
  await connection.end();
});

Deno.test("Connection does not count a pause as the peer's idleness", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours, { idle: new IdleTimer(20) });
  await pair.peers.write(hello);
  assertEquals(await connection.read(new Uint8Array(2)), 2);
  await connection.pause(60);
  assertEquals(await connection.read(new Uint8Array(3)), 3);
});

Deno.test("Connection cuts a pause short when it is to stop", async () => {
  using pair = await openPair();
  const stop = new AbortController();
  using connection = new Connection(pair.ours, { stopping: stop.signal });
  const paused = connection.pause(1_000_000);
  stop.abort(new Error("A reason of its own"));
  await paused;
  await connection.pause(1_000_000);
  await connection.pause(0);
});

Deno.test("Connection ends so that the peer gets the last answer", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  await pair.peers.write(new Uint8Array(10_000));
  await connection.write(hello);
  const ended = connection.end();
  assertEquals(await readToEnd(pair.peers), "hello");
  pair.peers.close();
  await ended;
});

Deno.test("Connection closes at once when the peer has ended before", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  await pair.peers.closeWrite();
  assertEquals(await connection.read(new Uint8Array(1)), null);
  await connection.write(hello);
  // The peer stays, and would be waited for.
  const ended = connection.end();
  assertEquals(await readToEnd(pair.peers), "hello");
  await ended;
  await assertRejects(() => connection.write(hello), Deno.errors.BadResource);
});

Deno.test("Connection that hangs up ends the read that waits and tells the peer", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  const read = connection.read(new Uint8Array(1));
  connection.hangUp();
  connection.hangUp();
  assertEquals(await pair.peers.read(new Uint8Array(1)), null);
  // Too late to be answered.
  await pair.peers.write(hello);
  assertEquals(await read, null);
  pair.peers.close();
  await connection.end();
});

Deno.test("Connection that hangs up does not wait for a peer that stays", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  const read = connection.read(new Uint8Array(1));
  connection.hangUp();
  assertEquals(await read, null);
  assertEquals(await connection.read(new Uint8Array(1)), null);
});

Deno.test("Connection that hangs up lets the answer under way be written", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  const written = connection.write(TOO_MUCH);
  connection.hangUp();
  const received = readToEnd(pair.peers);
  await written;
  assertEquals(await connection.read(new Uint8Array(1)), null);
  const ended = connection.end();
  assertEquals((await received).length, TOO_MUCH.length);
  pair.peers.close();
  await ended;
});

Deno.test("Connection that hangs up on a peer that has reset ends", async () => {
  using connection = new Connection(await openReset());
  const read = connection.read(new Uint8Array(1));
  connection.hangUp();
  await assertRejects(() => read, Deno.errors.ConnectionReset);
  await connection.end();
});

Deno.test("Connection that is closed ends its read, and stays closed", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours, { idle: new IdleTimer(30_000) });
  const read = connection.read(new Uint8Array(1));
  connection.close();
  assertEquals(await read, null);
  connection.close();
  connection.hangUp();
  await connection.end();
  assertEquals(await connection.read(new Uint8Array(1)), null);
});

Deno.test("Connection hands on what went wrong", async () => {
  const conn = await openReset();
  using connection = new Connection(conn, { idle: new IdleTimer(30_000) });
  await assertRejects(
    () => connection.read(new Uint8Array(1)),
    Deno.errors.ConnectionReset,
  );
  await assertRejects(() => connection.write(hello), Deno.errors.BrokenPipe);
  await connection.end();
});
