import { assertEquals, assertRejects } from "@std/assert";
import { deadline } from "@std/async/deadline";
import type { FairScheduler } from "../../../lib/tcp/_fair_scheduler.ts";
import {
  Connection,
  friend,
  IdleTimeoutError,
  type Shared,
} from "../../../lib/tcp/connection.ts";
import { LIMIT } from "../../support/connection.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { IdleTimer } from "../../../lib/tcp/_idle_timer.ts";
import {
  openPair,
  openReset,
  readToEnd,
  TOO_MUCH,
} from "../../support/pair.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const hello = new TextEncoder().encode("hello");
const addr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;

/** What a server shares with its connections, and what they tell it. */
function sharedState(idle = new IdleTimer(0)) {
  const closed: Connection[] = [];
  const state: Shared = {
    idle,
    fair: { turn: null, completed() {} } as unknown as FairScheduler,
    trace: null,
    draining: false,
    completed: 0,
    closed: (connection) => closed.push(connection),
  };
  return { state, closed };
}

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
  using connection = new Connection(pair.ours, { idleTimeout: 30_000 });
  const written = connection.write(TOO_MUCH).then(() => connection.close());
  assertEquals((await readToEnd(pair.peers)).length, TOO_MUCH.length);
  pair.peers.close();
  await written;
});

Deno.test("Connection closes when a read waits for too long", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours, { idleTimeout: 10 });
  const buffer = new Uint8Array(100);
  await assertRejects(
    () => deadline(connection.read(buffer), LIMIT),
    IdleTimeoutError,
  );
  assertEquals(await pair.peers.read(buffer), null);
  await assertRejects(() => connection.read(buffer), IdleTimeoutError);
});

Deno.test("Connection closes when a write waits for too long", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours, { idleTimeout: 50 });
  await assertRejects(
    () => deadline(connection.write(TOO_MUCH), LIMIT),
    IdleTimeoutError,
  );
  await connection.close();
});

Deno.test("Connection does not count a sleep as the peer's idleness", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours, { idleTimeout: 20 });
  await pair.peers.write(hello);
  assertEquals(await connection.read(new Uint8Array(2)), 2);
  await connection.sleep(60);
  assertEquals(await connection.read(new Uint8Array(3)), 3);
});

Deno.test("Connection ends its sleeps when the server shuts down", async () => {
  using pair = await openPair();
  const shared = sharedState();
  using connection = friend.connect(pair.ours, shared.state);
  const both = [connection.sleep(1_000_000), connection.sleep(1_000_000)];
  shared.state.draining = true;
  friend.endSleeps(connection);
  await Promise.all(both);
  await connection.sleep(1_000_000);
  await connection.sleep(0);
});

Deno.test("Connection ends its sleep when it is aborted", async () => {
  using pair = await openPair();
  const connection = new Connection(pair.ours);
  const sleep = connection.sleep(1_000_000);
  connection.abort();
  await sleep;
  await connection.sleep(1_000_000);
});

Deno.test("Connection closes so that the peer gets the last answer", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  await pair.peers.write(new Uint8Array(10_000));
  await connection.write(hello);
  const ended = connection.close();
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
  // The peer keeps its side open, and close() would wait for it.
  const ended = connection.close();
  assertEquals(await readToEnd(pair.peers), "hello");
  await ended;
  await assertRejects(() => connection.write(hello), Deno.errors.BadResource);
});

Deno.test("Connection whose input is ended by a shutdown ends its pending read and tells the peer", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  assertEquals(friend.pendingRead(connection), null);
  const read = connection.read(new Uint8Array(1));
  assertEquals(friend.pendingRead(connection), 0);
  friend.endInput(connection);
  assertEquals(friend.pendingRead(connection), null);
  assertEquals(await pair.peers.read(new Uint8Array(1)), null);
  // Too late to be answered.
  await pair.peers.write(hello);
  assertEquals(await read, null);
  pair.peers.close();
  await connection.close();
});

Deno.test("Connection whose input was ended does not wait for a peer that stays", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  const read = connection.read(new Uint8Array(1));
  friend.endInput(connection);
  assertEquals(await read, null);
  assertEquals(await connection.read(new Uint8Array(1)), null);
});

Deno.test("Connection whose input is ended although the peer has reset it throws", async () => {
  using connection = new Connection(await openReset());
  const read = connection.read(new Uint8Array(1));
  friend.endInput(connection);
  await assertRejects(() => read, Deno.errors.ConnectionReset);
  await connection.close();
});

Deno.test("Connection in a shutdown reads until a read does not fill its buffer", async () => {
  using pair = await openPair();
  const shared = sharedState();
  using connection = friend.connect(pair.ours, shared.state);
  const buffer = new Uint8Array(5);
  await pair.peers.write(new TextEncoder().encode("hellohellohell"));
  assertEquals(await connection.read(buffer), 5);
  shared.state.draining = true;
  assertEquals(await connection.read(buffer), 5);
  assertEquals(await connection.read(buffer), 4);
  await pair.peers.write(hello);
  assertEquals(await connection.read(buffer), null);
});

Deno.test("Connection in a shutdown goes on after a short read that began before", async () => {
  using pair = await openPair();
  const shared = sharedState();
  using connection = friend.connect(pair.ours, shared.state);
  const buffer = new Uint8Array(100);
  const read = connection.read(buffer);
  shared.state.draining = true;
  await pair.peers.write(hello);
  assertEquals(await read, 5);
  await pair.peers.write(hello);
  assertEquals(await connection.read(buffer), 5);
  assertEquals(await connection.read(buffer), null);
});

Deno.test("Connection waits for its turn before it reads", async () => {
  using pair = await openPair();
  const turn = Promise.withResolvers<void>();
  let completed = 0;
  const shared = sharedState();
  const fair = {
    turn: turn.promise,
    completed: () => completed++,
  } as unknown as FairScheduler;
  using connection = friend.connect(pair.ours, { ...shared.state, fair });
  await pair.peers.write(hello);
  let hasRead = false;
  const read = connection.read(new Uint8Array(5)).then((n) => {
    hasRead = true;
    return n;
  });
  using other = await openPair();
  await other.peers.write(hello);
  await other.ours.read(new Uint8Array(5));
  assertEquals([hasRead, completed], [false, 0]);
  turn.resolve();
  assertEquals([await read, completed], [5, 1]);
});

Deno.test("Connection that is aborted ends its read, and stays closed", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours, { idleTimeout: 30_000 });
  const read = connection.read(new Uint8Array(1));
  connection.abort();
  assertEquals(await read, null);
  connection.abort();
  await connection.close();
  assertEquals(await connection.read(new Uint8Array(1)), null);
});

Deno.test("Connection throws what the system reports", async () => {
  const conn = await openReset();
  using connection = new Connection(conn, { idleTimeout: 30_000 });
  await assertRejects(
    () => connection.read(new Uint8Array(1)),
    Deno.errors.ConnectionReset,
  );
  await assertRejects(() => connection.write(hello), Deno.errors.BrokenPipe);
  await connection.close();
});

Deno.test("Connection reports each close once", async () => {
  using pair = await openPair();
  const shared = sharedState();
  const connection = friend.connect(pair.ours, shared.state);
  pair.peers.close();
  await Promise.all([connection.close(), connection.close()]);
  connection.abort();
  connection[Symbol.dispose]();
  await connection.close();
  assertEquals(shared.closed, [connection]);
});

Deno.test("Connection discards what the peer still sends after close", async () => {
  using pair = await openPair();
  const closed = new Connection(pair.ours).close();
  assertEquals(await pair.peers.read(new Uint8Array(1)), null);
  for (let i = 0; i < 10; i++) await pair.peers.write(hello);
  await pair.peers.closeWrite();
  await closed;
  await assertRejects(
    () => pair.ours.read(new Uint8Array(1)),
    Deno.errors.BadResource,
  );
});

Deno.test("Connection does not wait longer than a second for a peer that stays", async () => {
  using pair = await openPair();
  await new Connection(pair.ours).close();
  await assertRejects(
    () => pair.ours.read(new Uint8Array(1)),
    Deno.errors.BadResource,
  );
});

Deno.test("Connection that the peer has reset can be closed", async () => {
  using conn = await openReset();
  await new Connection(conn).close();
  await assertRejects(
    () => conn.read(new Uint8Array(1)),
    Deno.errors.BadResource,
  );
});

Deno.test("Connection is aborted by its signal, and throws the reason", async () => {
  using pair = await openPair();
  const stop = new AbortController();
  const reason = new Error("Interrupted by SIGINT");
  using connection = new Connection(pair.ours, { signal: stop.signal });
  const read = connection.read(new Uint8Array(1));
  stop.abort(reason);
  assertEquals(await assertRejects(() => read, Error), reason);
  assertEquals(
    await assertRejects(() => connection.write(hello), Error),
    reason,
  );
  assertEquals(await pair.peers.read(new Uint8Array(1)), null);
  using late = await openPair();
  using aborted = new Connection(late.ours, { signal: stop.signal });
  assertEquals(
    await assertRejects(() => aborted.read(new Uint8Array(1)), Error),
    reason,
  );
});

Deno.test("Connection that is aborted while a read completes throws the reason", async () => {
  const stop = new AbortController();
  const reason = new Error("Interrupted by SIGINT");
  for (const outcome of [5, null]) {
    const conn = {
      localAddr: addr,
      remoteAddr: addr,
      read: () => Promise.resolve(outcome),
      [Symbol.dispose]() {},
    } as unknown as Deno.TcpConn;
    using connection = new Connection(conn, { signal: stop.signal });
    const read = connection.read(new Uint8Array(5));
    stop.abort(reason);
    // Half a page would look like a whole one.
    assertEquals(await assertRejects(() => read, Error), reason);
  }
});

Deno.test("Connection restarts the idle clock with each partial write", async () => {
  const clock = new FakeClock();
  const idle = new IdleTimer(640, clock);
  const shared = sharedState(idle);
  let accept = (_n: number) => {};
  const conn = {
    localAddr: addr,
    remoteAddr: addr,
    write: () => new Promise<number>((resolve) => accept = resolve),
    [Symbol.dispose]() {},
  } as unknown as Deno.TcpConn;
  using connection = friend.connect(conn, shared.state);
  const written = connection.write(new Uint8Array(10));
  for (let i = 0; i < 10; i++) {
    clock.pass(600);
    accept(1);
    // Each part is written in a task of its own.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await written;
  assertEquals(shared.closed, []);
});

Deno.test("Connection is idle when neither a read nor a write moves a byte", async () => {
  const clock = new FakeClock();
  const idle = new IdleTimer(640, clock);
  const shared = sharedState(idle);
  const written = Promise.withResolvers<number>();
  const conn = {
    localAddr: addr,
    remoteAddr: addr,
    read: () => new Promise<number>(() => {}),
    write: () => written.promise,
    [Symbol.dispose]() {},
  } as unknown as Deno.TcpConn;
  const connection = friend.connect(conn, shared.state);
  void connection.read(new Uint8Array(1));
  const write = connection.write(new Uint8Array(1));
  clock.pass(600);
  written.resolve(1);
  await write;
  clock.pass(600); // The read has waited for longer, but a byte was moved meanwhile.
  assertEquals(shared.closed, []);
  clock.pass(100);
  assertEquals(shared.closed, [connection]);
});

Deno.test("Connection whose output is closed still reads", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  await connection.write(hello);
  await connection.closeWrite();
  assertEquals(await readToEnd(pair.peers), "hello");
  await pair.peers.write(hello);
  assertEquals(await connection.read(new Uint8Array(10)), 5);
  pair.peers.close();
  await connection.close();
  await assertRejects(() => connection.closeWrite(), Deno.errors.BadResource);
});

Deno.test("Connection whose output cannot be closed throws the reason of its signal", async () => {
  using pair = await openPair();
  const signal = AbortSignal.abort(new Error("enough"));
  using connection = new Connection(pair.ours, { signal });
  await assertRejects(() => connection.closeWrite(), Error, "enough");
});

Deno.test("Connection that traces writes down what it moves", async () => {
  using pair = await openPair();
  const lines: string[] = [];
  using connection = new Connection(pair.ours, {
    trace: (line) => lines.push(line),
  });
  await connection.write(hello);
  assertEquals(lines[1]?.endsWith("5 bytes"), true, lines.join("\n"));
});

Deno.test("Connection without TLS has no handshake", async () => {
  using pair = await openPair();
  using connection = new Connection(pair.ours);
  assertEquals(await connection.handshake(), null);
});

/** A TLS connection whose handshake is this promise. */
function inHandshake(handshake: Promise<Deno.TlsHandshakeInfo>) {
  const conn = {
    localAddr: addr,
    remoteAddr: addr,
    read: () => new Promise<null>(() => {}),
    write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
    handshake: () => handshake,
    closeWrite: () => Promise.resolve(),
    isClosed: false,
    [Symbol.dispose]() {
      this.isClosed = true;
    },
  };
  return conn;
}

Deno.test("Connection returns what the TLS handshake has chosen, traced or not", async () => {
  for (const trace of [undefined, () => {}]) {
    const conn = inHandshake(Promise.resolve({ alpnProtocol: "greeting/1" }));
    using connection = new Connection(conn, { trace });
    assertEquals(await connection.handshake(), { alpnProtocol: "greeting/1" });
  }
});

Deno.test("Connection closes when the TLS handshake takes too long", async () => {
  const { promise, reject } = Promise.withResolvers<Deno.TlsHandshakeInfo>();
  const conn = inHandshake(promise);
  conn[Symbol.dispose] = () => reject(new Deno.errors.Interrupted("closed"));
  using connection = new Connection(conn, { idleTimeout: 10 });
  await assertRejects(
    () => deadline(connection.handshake(), LIMIT),
    IdleTimeoutError,
  );
});

Deno.test("Connection counts no time after the TLS handshake as the peer's idleness", async () => {
  const clock = new FakeClock();
  const shared = sharedState(new IdleTimer(640, clock));
  using connection = friend.connect(
    inHandshake(Promise.resolve({ alpnProtocol: null })),
    shared.state,
  );
  await connection.handshake();
  clock.pass(10_000);
  await connection.write(hello);
  clock.pass(10_000);
  assertEquals(shared.closed, []);
});

Deno.test("Connection in a shutdown counts a pending TLS handshake as a read", async () => {
  const { promise, resolve } = Promise.withResolvers<Deno.TlsHandshakeInfo>();
  using connection = new Connection(inHandshake(promise));
  assertEquals(friend.pendingRead(connection), null);
  const handshake = connection.handshake();
  assertEquals(friend.pendingRead(connection), 0);
  resolve({ alpnProtocol: null });
  await handshake;
  assertEquals(friend.pendingRead(connection), null);
});
