import { assert, assertEquals } from "@std/assert";
import { IdleTimer, type Waiter } from "../../../lib/tcp/_idle_timer.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const NOT_WAITING = -1;

/** Somebody who waits, and notes when it was told to give up. */
class Patient implements Waiter {
  waitingSince = NOT_WAITING;
  readonly gaveUp: number[] = [];
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

  giveUp(): void {
    this.rest();
    this.gaveUp.push(this.#clock.now());
  }
}

function setUp(timeout: number) {
  const clock = new FakeClock();
  const idle = new IdleTimer(timeout, clock);
  const start = clock.now();
  const watched = () => {
    const patient = new Patient(clock, idle);
    idle.watch(patient);
    return patient;
  };
  return { clock, idle, start, watched };
}

Deno.test("IdleTimer ends a wait, not too early and a sixteenth later at most", () => {
  for (let begin = 0; begin < 20; begin++) {
    const { clock, start, watched } = setUp(160);
    const patient = watched();
    clock.pass(begin);
    patient.wait();
    clock.pass(160 + 10);
    assertEquals(patient.gaveUp.length, 1, `begun after ${begin} ms`);
    const lasted = (patient.gaveUp[0] ?? NaN) - start - begin;
    assert(lasted >= 160 && lasted <= 170, `${lasted} ms`);
    clock.pass(1_000);
    assertEquals(patient.gaveUp.length, 1);
  }
});

Deno.test("IdleTimer counts each wait from its own beginning", () => {
  const { clock, watched } = setUp(160);
  const patient = watched();
  for (let i = 0; i < 50; i++) {
    patient.wait();
    clock.pass(150);
    patient.rest();
    clock.pass(7);
  }
  assertEquals(patient.gaveUp, []);
  patient.wait();
  clock.pass(150);
  patient.wait();
  clock.pass(150);
  assertEquals(patient.gaveUp, []);
  clock.pass(20);
  assertEquals(patient.gaveUp.length, 1);
});

Deno.test("IdleTimer leaves those alone who do not wait", () => {
  const { clock, watched } = setUp(160);
  const [resting, waiting] = [watched(), watched()];
  waiting.wait();
  clock.pass(1_000);
  assertEquals(resting.gaveUp, []);
  assertEquals(waiting.gaveUp.length, 1);
});

Deno.test("IdleTimer has one timer for all, and none for nobody", () => {
  const { clock, idle, watched } = setUp(160);
  assertEquals(clock.pending, 0);
  const [one, other] = [watched(), watched()];
  one.wait();
  other.wait();
  assertEquals(clock.pending, 1);
  clock.pass(50);
  assertEquals(clock.pending, 1);
  idle.forget(one);
  idle.forget(one);
  assertEquals(clock.pending, 1);
  idle.forget(other);
  assertEquals(clock.pending, 0);
  clock.pass(1_000);
  assertEquals([...one.gaveUp, ...other.gaveUp], []);
});

Deno.test("IdleTimer begins again when somebody comes after the last has left", () => {
  const { clock, idle, watched } = setUp(160);
  idle.forget(watched());
  const patient = watched();
  patient.wait();
  clock.pass(170);
  assertEquals(patient.gaveUp.length, 1);
  idle.forget(patient);
  assertEquals(clock.pending, 0);
});

Deno.test("IdleTimer can be left by whoever gives up", () => {
  const { clock, idle } = setUp(160);
  let gaveUp = 0;
  const waiter: Waiter = {
    waitingSince: idle.step,
    giveUp() {
      gaveUp++;
      idle.forget(waiter);
    },
  };
  idle.watch(waiter);
  clock.pass(1_000);
  assertEquals(gaveUp, 1);
  assertEquals(clock.pending, 0);
});

Deno.test("IdleTimer of 0 waits for ever", () => {
  const { clock, watched } = setUp(0);
  const patient = watched();
  patient.wait();
  assertEquals(clock.pending, 0);
  clock.pass(1e9);
  assertEquals(patient.gaveUp, []);
});
