import { assert, assertEquals } from "@std/assert";
import { deadline } from "@std/async/deadline";
import {
  BATCH,
  type End,
  FairScheduler,
} from "../../../lib/tcp/_fair_scheduler.ts";
import { HeldTimers } from "../../support/held_timers.ts";
import { openPair } from "../../support/pair.ts";

const LISTENING = { hostname: "127.0.0.1", port: 9999 };

/** An end that notes what is done with it, and settles nothing by itself. */
function fakeEnd(calls: string[], name: string, port: number): End {
  const address = { hostname: "127.0.0.1", port };
  const closed = Promise.withResolvers<never>();
  closed.promise.catch(() => {}); // A test may leave no operation pending.
  const pending = (operation: string) => {
    calls.push(`${name} ${operation}`);
    return closed.promise;
  };
  return {
    localAddr: address,
    remoteAddr: address,
    read: () => pending("read"),
    write: () => pending("write"),
    [Symbol.dispose]() {
      calls.push(`${name} close`);
      closed.reject(new Deno.errors.BadResource("closed"));
    },
  };
}

/** A scheduler with a real connection to itself. */
async function setUp(connections: number) {
  const { ours, peers } = await openPair();
  const fair = new FairScheduler({
    connect: () => Promise.resolve(peers),
    isGranted: () => true,
  });
  fair.connections = 1_000;
  fair.start(LISTENING);
  assertEquals(await fair.claim(ours), true);
  fair.connections = connections;
  return fair;
}

function complete(fair: FairScheduler, times: number): void {
  for (let i = 0; i < times; i++) fair.completed();
}

Deno.test("FairScheduler makes reads wait after a full batch, and then go on", async () => {
  using fair = await setUp(BATCH + 1);
  for (let round = 0; round < 3; round++) {
    complete(fair, BATCH - 1);
    assertEquals(fair.turn, null);
    complete(fair, 1);
    assert(fair.turn !== null);
    await fair.turn;
    assertEquals(fair.turn, null);
  }
});

Deno.test("FairScheduler makes reads wait until few complete in a turn", async () => {
  using fair = await setUp(1_000);
  complete(fair, BATCH);
  const { turn } = fair;
  assert(turn !== null);
  // Still in the first turn: these are reads of sockets that were left over.
  complete(fair, 300);
  assert(fair.turn === turn);
  let isOver = false;
  turn.then(() => isOver = true);
  // No byte can have crossed before the program has returned to its event loop.
  await Promise.resolve();
  assertEquals(isOver, false);
  await turn;
  assertEquals(fair.turn, null);
});

Deno.test("FairScheduler starts another round while many still complete", async () => {
  const { ours, peers } = await openPair();
  let rounds = 0;
  const fair = new FairScheduler({
    connect: () => Promise.resolve(peers),
    isGranted: () => true,
  });
  using _closing = fair;
  fair.connections = 1_000;
  fair.start(LISTENING);
  const counting: End = {
    localAddr: ours.localAddr,
    remoteAddr: ours.remoteAddr,
    read(p) {
      // A byte that has come in a first round finds many reads completed again.
      if (++rounds === 1) queueMicrotask(() => complete(fair, 100));
      return ours.read(p);
    },
    write: (p) => ours.write(p),
    [Symbol.dispose]: () => ours[Symbol.dispose](),
  };
  assertEquals(await fair.claim(counting), true);
  complete(fair, BATCH);
  await fair.turn;
  assertEquals(rounds, 2);
});

Deno.test("FairScheduler reads the byte before it writes it", async () => {
  const calls: string[] = [];
  using fair = new FairScheduler({
    connect: () => Promise.resolve(fakeEnd(calls, "client", 51234)),
    isGranted: () => true,
  });
  fair.connections = 1_000;
  fair.start(LISTENING);
  assertEquals(await fair.claim(fakeEnd(calls, "server", 51234)), true);
  complete(fair, BATCH);
  assertEquals(calls, ["server read", "client write"]);
});

Deno.test("FairScheduler makes no read wait where no connection can starve", async () => {
  using fair = await setUp(BATCH);
  complete(fair, 1_000);
  assertEquals(fair.turn, null);
});

Deno.test("FairScheduler that is closed makes no read wait any longer", async () => {
  const fair = await setUp(1_000);
  complete(fair, BATCH);
  const { turn } = fair;
  assert(turn !== null);
  fair[Symbol.dispose]();
  await turn;
  complete(fair, 1_000);
  assertEquals(fair.turn, null);
});

Deno.test("FairScheduler gives up when the byte does not come, and no read waits longer", async () => {
  const calls: string[] = [];
  const fair = new FairScheduler({
    connect: () => Promise.resolve(fakeEnd(calls, "client", 51234)),
    isGranted: () => true,
  });
  fair.connections = 1_000;
  fair.start(LISTENING);
  await fair.claim(fakeEnd(calls, "server", 51234));
  complete(fair, BATCH);
  assert(fair.turn !== null);
  // A firewall drops the byte: this ends after a second.
  await deadline(fair.turn, 30_000);
  assertEquals(calls.slice(2), ["client close", "server close"]);
  complete(fair, 1_000);
  assertEquals(fair.turn, null);
});

Deno.test("FairScheduler connects to itself only with many connections, once, where Deno allows it", async () => {
  const asked: string[] = [];
  let connects = 0;
  using denied = new FairScheduler({
    connect: () => Promise.reject(new Error("Not allowed")),
    isGranted({ hostname, port }) {
      asked.push(`${hostname}:${port}`);
      return false;
    },
  });
  denied.connections = 10;
  denied.start(LISTENING);
  assertEquals(asked, []);
  denied.connections = 64;
  denied.start(LISTENING);
  denied.start(LISTENING);
  assertEquals(asked, ["127.0.0.1:9999", "localhost:9999"]);
  assertEquals(denied.expectsConnection, false);

  const calls: string[] = [];
  using allowed = new FairScheduler({
    connect() {
      connects++;
      return Promise.resolve(fakeEnd(calls, "client", 51234));
    },
    isGranted: ({ hostname }) => hostname === "localhost",
  });
  allowed.connections = 64;
  allowed.start({ hostname: "0.0.0.0", port: 9999 });
  allowed.start({ hostname: "0.0.0.0", port: 9999 });
  assertEquals(connects, 1);
  assertEquals(await allowed.claim(fakeEnd(calls, "other", 51235)), false);
  assertEquals(await allowed.claim(fakeEnd(calls, "server", 51234)), true);
});

Deno.test("FairScheduler that cannot connect claims no connection", async () => {
  using fair = new FairScheduler({
    connect: () => Promise.reject(new Deno.errors.ConnectionRefused("refused")),
    isGranted: () => true,
  });
  fair.connections = 64;
  fair.start(LISTENING);
  assertEquals(await fair.claim(fakeEnd([], "other", 51235)), false);
  assertEquals(fair.expectsConnection, false);
});

Deno.test("FairScheduler gives up a connection that is not made, and delays no client longer", async () => {
  let reason: unknown;
  using fair = new FairScheduler({
    connect: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(reason = signal.reason));
      }),
    isGranted: () => true,
  });
  fair.connections = 64;
  fair.start(LISTENING);
  assertEquals(fair.expectsConnection, true);
  const claimed = fair.claim(fakeEnd([], "other", 51235));
  assertEquals(await deadline(claimed, 10_000), false);
  assert(reason instanceof DOMException);
  assertEquals(fair.expectsConnection, false);
});

Deno.test("FairScheduler closes its own connection that is accepted after it gave up", async () => {
  const calls: string[] = [];
  const fair = new FairScheduler({
    connect: () => Promise.resolve(fakeEnd(calls, "client", 51234)),
    isGranted: () => true,
  });
  fair.connections = 64;
  fair.start(LISTENING);
  assertEquals(await fair.claim(fakeEnd(calls, "other", 1)), false);
  fair[Symbol.dispose]();
  assertEquals(await fair.claim(fakeEnd(calls, "server", 51234)), true);
  assertEquals(calls, ["client close", "server close"]);
});

Deno.test("FairScheduler closes its connection with few connections, and opens it again with many", async () => {
  const calls: string[] = [];
  let connects = 0;
  using fair = new FairScheduler({
    connect: () => Promise.resolve(fakeEnd(calls, "client", ++connects)),
    isGranted: () => true,
  });
  for (const port of [1, 2]) {
    fair.connections = 64;
    fair.start(LISTENING);
    assertEquals(await fair.claim(fakeEnd(calls, "server", port)), true);
    fair.connections = 32;
    assertEquals(calls, []);
    fair.connections = 31;
    assertEquals(calls.splice(0), ["client close", "server close"]);
  }
});

Deno.test("FairScheduler gives up a connection that is not accepted under its address", async () => {
  using held = new HeldTimers((delay) => delay === 10_000);
  const calls: string[] = [];
  using fair = new FairScheduler({
    connect: () => Promise.resolve(fakeEnd(calls, "client", 51234)),
    isGranted: () => true,
  });
  fair.connections = 1_000;
  fair.start(LISTENING);
  // Address translation gives it another one.
  assertEquals(await fair.claim(fakeEnd(calls, "translated", 1)), false);
  assertEquals(await held.fireNext(), 10_000);
  assertEquals(calls, ["client close"]);
  complete(fair, 1_000);
  assertEquals(fair.turn, null);
});
