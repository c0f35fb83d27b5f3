import { assertEquals } from "@std/assert";
import { IdleTimer } from "../../lib/idle_timer.ts";
import { FakeClock } from "./fake_clock.ts";

function setUp(timeout: number) {
  const clock = new FakeClock();
  const calls: number[] = [];
  const start = clock.now();
  const timer = new IdleTimer(
    timeout,
    () => calls.push(clock.now() - start),
    clock,
  );
  return { clock, calls, timer };
}

Deno.test("IdleTimer calls back once when a wait lasts too long", () => {
  const { clock, calls, timer } = setUp(100);
  timer.wait();
  clock.pass(99);
  assertEquals(calls, []);
  clock.pass(1);
  assertEquals(calls, [100]);
  clock.pass(1_000);
  assertEquals(calls, [100]);
  assertEquals(clock.pending, 0);
});

Deno.test("IdleTimer counts each wait from its own beginning", () => {
  const { clock, calls, timer } = setUp(100);
  for (let i = 0; i < 50; i++) {
    timer.wait();
    clock.pass(60);
    timer.rest();
    clock.pass(7);
  }
  assertEquals(calls, []);
  timer.wait();
  clock.pass(100);
  assertEquals(calls, [50 * 67 + 100]);
});

Deno.test("IdleTimer begins anew when a wait follows a wait", () => {
  const { clock, calls, timer } = setUp(100);
  timer.wait();
  clock.pass(60);
  timer.wait();
  clock.pass(60);
  assertEquals(calls, []);
  clock.pass(40);
  assertEquals(calls, [160]);
});

Deno.test("IdleTimer sets no timer for each wait, and none while it rests", () => {
  const { clock, timer } = setUp(100);
  assertEquals(clock.pending, 0);
  for (let i = 0; i < 10; i++) {
    timer.wait();
    timer.rest();
  }
  assertEquals(clock.pending, 1);
  clock.pass(100);
  assertEquals(clock.pending, 0);
});

Deno.test("IdleTimer of 0 waits for ever", () => {
  const { clock, calls, timer } = setUp(0);
  timer.wait();
  assertEquals(clock.pending, 0);
  clock.pass(1e9);
  assertEquals(calls, []);
});

Deno.test("IdleTimer that is disposed calls nobody, and may be used again", () => {
  const { clock, calls, timer } = setUp(100);
  timer.wait();
  timer[Symbol.dispose]();
  timer[Symbol.dispose]();
  assertEquals(clock.pending, 0);
  timer.wait();
  clock.pass(100);
  assertEquals(calls, [100]);
});
