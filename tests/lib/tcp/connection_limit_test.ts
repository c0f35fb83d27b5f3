import { assertEquals } from "@std/assert";
import { Seats } from "../../../lib/tcp/_connection_limit.ts";

const never = new AbortController().signal;

Deno.test("Seats are taken until there are no more, and again once they are left", () => {
  const seats = new Seats({ most: 2 });
  assertEquals([seats.take(), seats.take(), seats.take()], [true, true, false]);
  assertEquals(seats.isOneFree, false);
  seats.leave();
  assertEquals(seats.isOneFree, true);
  assertEquals([seats.take(), seats.take()], [true, false]);
});

Deno.test("Seats wake who waits for one", async () => {
  const seats = new Seats({ most: 1 });
  await seats.untilOneIsFree(never);
  seats.take();
  let isFree = false;
  const free = seats.untilOneIsFree(never).then(() => isFree = true);
  await Promise.resolve();
  assertEquals(isFree, false);
  seats.leave();
  await free;
});

Deno.test("Seats stop the wait when they are told to, before it too", async () => {
  const seats = new Seats({ most: 0 });
  const stop = new AbortController();
  const waits = [
    seats.untilOneIsFree(stop.signal),
    seats.untilOneIsFree(stop.signal),
  ];
  stop.abort();
  await Promise.all(waits);
  await seats.untilOneIsFree(stop.signal);
});

Deno.test("Seats that are shared call out when one is free and another waits", async () => {
  const calls: string[] = [];
  const a = new Seats({ most: 1, onFree: () => calls.push("a") });
  const b: Seats = new Seats({
    most: 1,
    memory: a.memory,
    onFree: () => calls.push("b"),
  });
  a.take();
  a.leave();
  assertEquals(calls, []);
  a.take();
  const free = b.untilOneIsFree(never);
  a.leave();
  assertEquals(calls, ["a"]);
  // Nobody has told b yet.
  assertEquals(await Promise.race([free, Promise.resolve("waits")]), "waits");
  b.wake();
  await free;
  assertEquals(b.take(), true);
  b.leave();
  assertEquals(calls, ["a"]);
});

Deno.test("Seats make a wait go on when another has been faster", async () => {
  const seats = new Seats({ most: 1 });
  seats.take();
  let isFree = false;
  const free = seats.untilOneIsFree(never).then(() => isFree = true);
  seats.wake();
  await Promise.resolve();
  await Promise.resolve();
  assertEquals(isFree, false);
  seats.leave();
  await free;
});
