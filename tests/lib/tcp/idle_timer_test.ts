import { assert, assertEquals } from "@std/assert";
import {
  IdleTimer,
  NOT_WAITING,
  type Timed,
} from "../../../lib/tcp/_idle_timer.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A connection that notes when it was timed out. */
class Waiting implements Timed {
  waitingSince = NOT_WAITING;
  readonly timedOut: number[] = [];
  readonly #clock: FakeClock;
  readonly #idle: IdleTimer;

  constructor(clock: FakeClock, idle: IdleTimer) {
    this.#clock = clock;
    this.#idle = idle;
  }

  wait(): void {
    this.waitingSince = this.#idle.step;
  }

  rest(): void {
    this.waitingSince = NOT_WAITING;
  }

  timeOut(): void {
    this.rest();
    this.timedOut.push(this.#clock.now());
  }
}

function setUp(timeout: number) {
  const clock = new FakeClock();
  const idle = new IdleTimer(timeout, clock);
  const start = clock.now();
  const watched = () => {
    const timed = new Waiting(clock, idle);
    idle.add(timed);
    return timed;
  };
  return { clock, idle, start, watched };
}

for (const timeout of [50, 100, 640, 1_000, 300_000]) {
  Deno.test(`IdleTimer of ${timeout} ms ends a wait not early, and 1/64 and 2 ms late at most`, () => {
    const step = timeout / 64;
    for (let begin = 0; begin < 20; begin++) {
      const { clock, start, watched } = setUp(timeout);
      const timed = watched();
      clock.pass(begin * step / 3);
      timed.wait();
      clock.pass(2 * timeout);
      assertEquals(timed.timedOut.length, 1, `begun after ${begin} thirds`);
      const lasted = (timed.timedOut[0] ?? NaN) - start - begin * step / 3;
      assert(lasted >= timeout && lasted <= timeout + step + 2, `${lasted} ms`);
      clock.pass(10 * timeout);
      assertEquals(timed.timedOut.length, 1);
    }
  });
}

Deno.test("IdleTimer counts each wait from its own beginning", () => {
  const { clock, watched } = setUp(160);
  const timed = watched();
  for (let i = 0; i < 50; i++) {
    timed.wait();
    clock.pass(150);
    timed.rest();
    clock.pass(7);
  }
  assertEquals(timed.timedOut, []);
  timed.wait();
  clock.pass(150);
  timed.wait();
  clock.pass(150);
  assertEquals(timed.timedOut, []);
  clock.pass(20);
  assertEquals(timed.timedOut.length, 1);
});

Deno.test("IdleTimer leaves connections alone that do not wait", () => {
  const { clock, watched } = setUp(160);
  const [resting, waiting] = [watched(), watched()];
  waiting.wait();
  clock.pass(1_000);
  assertEquals(resting.timedOut, []);
  assertEquals(waiting.timedOut.length, 1);
});

Deno.test("IdleTimer has one timer for all connections, and none without one", () => {
  const { clock, idle, watched } = setUp(160);
  assertEquals(clock.pending, 0);
  const [one, other] = [watched(), watched()];
  one.wait();
  other.wait();
  assertEquals(clock.pending, 1);
  clock.pass(50);
  assertEquals(clock.pending, 1);
  idle.delete(one);
  idle.delete(one);
  assertEquals(clock.pending, 1);
  idle.delete(other);
  assertEquals(clock.pending, 0);
  clock.pass(1_000);
  assertEquals([...one.timedOut, ...other.timedOut], []);
});

Deno.test("IdleTimer starts again for a connection after the last one is gone", () => {
  const { clock, idle, watched } = setUp(160);
  idle.delete(watched());
  const timed = watched();
  timed.wait();
  clock.pass(170);
  assertEquals(timed.timedOut.length, 1);
  idle.delete(timed);
  assertEquals(clock.pending, 0);
});

Deno.test("IdleTimer lets a connection leave while it is timed out", () => {
  const { clock, idle } = setUp(160);
  let timedOut = 0;
  const timed: Timed = {
    waitingSince: idle.step,
    timeOut() {
      timedOut++;
      idle.delete(timed);
    },
  };
  idle.add(timed);
  clock.pass(1_000);
  assertEquals(timedOut, 1);
  assertEquals(clock.pending, 0);
});

Deno.test("IdleTimer of 0 has no limit", () => {
  const { clock, watched } = setUp(0);
  const timed = watched();
  timed.wait();
  assertEquals(clock.pending, 0);
  clock.pass(1e9);
  assertEquals(timed.timedOut, []);
});

Deno.test("IdleTimer gives a process that stood still three steps to read what has come", () => {
  const { clock, watched } = setUp(640);
  const [answered, silent] = [watched(), watched()];
  answered.wait();
  silent.wait();
  clock.pass(100);
  clock.standStill(10_000);
  clock.pass(20);
  assertEquals([answered.timedOut, silent.timedOut], [[], []]);
  answered.rest();
  clock.pass(10);
  assertEquals(answered.timedOut, []);
  assertEquals(silent.timedOut.length, 1);
});

Deno.test("IdleTimer ends waits in a process that is late each time, too", () => {
  const { clock, watched } = setUp(640);
  const silent = watched();
  silent.wait();
  for (let i = 0; i < 4; i++) clock.standStill(1_000);
  assertEquals(silent.timedOut.length, 1);
});
