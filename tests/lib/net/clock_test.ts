import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  checkCount,
  checkTime,
  deadline,
  systemClock,
} from "../../../lib/net/clock.ts";

const NEVER = new Promise<never>(() => {});

/** Holds up the event loop, as a stop of the process does. */
function stop(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

/** What a program prints that gets net/clock.ts; it is killed after 20 s. */
async function outputOf(program: string): Promise<string> {
  const { href } = new URL("../../../lib/net/clock.ts", import.meta.url);
  const start = `const { systemClock } = await import("${href}");`;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", "--v8-flags=--expose-gc", start + program],
    signal: AbortSignal.timeout(20_000),
  }).output();
  assert(success, `It did not end well: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("systemClock calls each callback once, and none before its time", async () => {
  const calls: number[] = [];
  const start = systemClock.now();
  systemClock.later(() => calls.push(Infinity), Infinity);
  await Promise.all(
    [30, 1, 0.5, 0].map((delay) =>
      new Promise<void>((resolve) =>
        systemClock.later(() => {
          assert(systemClock.now() - start >= delay);
          calls.push(delay);
          resolve();
        }, delay)
      )
    ),
  );
  assertEquals(calls.sort(), [0, 0.5, 1, 30]);
});

Deno.test("a callback that is due waits until the event loop has looked twice more, and again after a stop", () => {
  const { timeout } = AbortSignal;
  const timers: AbortController[] = [];
  AbortSignal.timeout = () => {
    const timer = new AbortController();
    timers.push(timer);
    return timer.signal;
  };
  try {
    // The second one: a stop after the first look begins them again.
    for (const [stops, least] of [[[10, 10], 3], [[10, 60], 4]] as const) {
      let isCalled = false;
      systemClock.later(() => isCalled = true, 0);
      // More if the system stops this process meanwhile.
      let timersFired = 0;
      for (; !isCalled && timersFired < 10; timersFired++) {
        stop(stops[timersFired] ?? 10);
        timers.at(-1)?.abort();
      }
      assert(isCalled);
      assert(timersFired >= least, `It came after ${timersFired} timers`);
    }
  } finally {
    AbortSignal.timeout = timeout;
  }
});

Deno.test("systemClock does not call what was cancelled", async () => {
  const calls: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = systemClock.later(() => calls.push("cancelled"), 10);
  systemClock.later(() => calls.push("kept"), 1);
  systemClock.later(resolve, 20);
  cancel();
  cancel();
  await promise;
  assertEquals(calls, ["kept"]);
});

Deno.test("a callback that throws does not keep the others from being called", async () => {
  const errors: unknown[] = [];
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    errors.push(event.error);
  };
  globalThis.addEventListener("error", onError);
  const { promise, resolve } = Promise.withResolvers<void>();
  systemClock.later(() => {
    throw "first";
  }, 1);
  systemClock.later(resolve, 1);
  await promise;
  globalThis.removeEventListener("error", onError);
  assertEquals(errors, ["first"]);
});

Deno.test("20,000 cancelled waits hold next to nothing", async () => {
  // One signal of AbortSignal.timeout for each would hold 12 MB.
  const output = await outputOf(`
    const measure = () => (gc(), Deno.memoryUsage().heapUsed);
    const wait = () => systemClock.later(() => {}, 1e12)();
    for (let i = 0; i < 100; i++) wait();
    const before = measure();
    for (let i = 0; i < 20_000; i++) wait();
    console.log(measure() - before);
  `);
  assert(Number(output) < 1_000_000, `${output} bytes`);
});

Deno.test("a program ends with its last wait, and not with one that was cancelled", async () => {
  const output = await outputOf(`
    const cancel = systemClock.later(() => console.log("cancelled"), 1e8);
    systemClock.later(() => console.log("called"), 10);
    cancel();
    systemClock.later(() => console.log("cancelled"), 1)();
    systemClock.later(() => {}, Infinity);
  `);
  assertEquals(output, "called");
});

Deno.test("deadline settles as the promise does, or rejects once the time has passed", async () => {
  for (const limit of [1_000_000, 0, 1e12]) {
    assertEquals(await deadline(Promise.resolve(1), limit), 1);
  }
  const no = Promise.reject(new Error("no"));
  await assertRejects(() => deadline(no, Infinity), Error, "no");
  const error = await assertRejects(() => deadline(NEVER, 1), DOMException);
  assertEquals(error.name, "TimeoutError");
});

Deno.test("deadline rejects with the reason of its signal", async () => {
  const controller = new AbortController();
  const reason = new Error("stopped");
  const waiting = deadline(NEVER, Infinity, controller);
  controller.abort(reason);
  assertEquals(await waiting.catch((error) => error), reason);
  const failed = Promise.reject(new Error("late"));
  for (const settled of [Promise.resolve(), failed]) {
    const rejected = deadline(settled, 1, controller);
    assertEquals(await rejected.catch((error) => error), reason);
  }
});

Deno.test("deadline takes a result that lay ready when the process was stopped", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  using peer = await listener.accept();
  const waiting = deadline(conn.read(new Uint8Array(1)), 1);
  const writing = peer.write(new Uint8Array(1));
  stop(20);
  assertEquals(await waiting, 1);
  await writing;
});

Deno.test("deadline listens to its signal no longer than it waits", async () => {
  let listeners = 0;
  const signal = {
    aborted: false,
    addEventListener: () => listeners++,
    removeEventListener: () => listeners--,
  } as unknown as AbortSignal;
  const { promise, resolve } = Promise.withResolvers<void>();
  const waiting = deadline(promise, 1_000_000, { signal });
  assert(listeners === 1);
  resolve();
  await waiting;
  assertEquals(listeners, 0);
});

Deno.test("checkTime and checkCount take what makes sense, and name what does not", () => {
  for (const ms of [0, 0.5, 2 ** 31 - 1]) assertEquals(checkTime("t", ms), ms);
  for (const ms of [2 ** 31, 1e12, Infinity]) {
    assertEquals(checkTime("t", ms), Infinity);
  }
  for (const count of [1, 1e12, Infinity]) {
    assertEquals(checkCount("n", count, 1), count);
  }
  const times: unknown[] = [-1, NaN, -Infinity, "5", null, undefined, 5n];
  for (const ms of times) {
    assertThrows(
      () => checkTime("idleTimeout", ms as number),
      typeof ms === "number" ? RangeError : TypeError,
      `Invalid idleTimeout ${ms}: milliseconds, at least 0, or Infinity`,
    );
  }
  for (const count of [...times, 0, 1.5]) {
    assertThrows(
      () => checkCount("maxConnections", count as number, 1),
      typeof count === "number" ? RangeError : TypeError,
      `Invalid maxConnections ${count}: a whole number of at least 1, or Infinity`,
    );
  }
});
