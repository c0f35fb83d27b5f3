import { assert, assertEquals } from "@std/assert";
import { FairScheduler } from "../../../lib/tcp/_fair_scheduler.ts";
import { openPair } from "../../support/pair.ts";

async function setUp(connections: number) {
  const { ours: far, peers: near } = await openPair();
  const turns = new FairScheduler({ near, far });
  turns.connections = connections;
  return turns;
}

function serve(turns: FairScheduler, times: number): void {
  for (let i = 0; i < times; i++) turns.served();
}

Deno.test("FairScheduler lets all wait after a full batch, and then go on", async () => {
  using turns = await setUp(129);
  for (let round = 0; round < 3; round++) {
    serve(turns, 127);
    assertEquals(turns.next, null);
    serve(turns, 1);
    assert(turns.next !== null);
    await turns.next;
    assertEquals(turns.next, null);
  }
});

Deno.test("FairScheduler lets all wait until few are served in a turn", async () => {
  using turns = await setUp(1_000);
  serve(turns, 128);
  const { next } = turns;
  assert(next !== null);
  // Still in the first turn: these are the ones who were left over.
  serve(turns, 300);
  assert(turns.next === next);
  let isOver = false;
  next.then(() => isOver = true);
  // No byte can have crossed before the program has given way.
  await Promise.resolve();
  assertEquals(isOver, false);
  await next;
  assertEquals(turns.next, null);
});

Deno.test("FairScheduler lets nobody wait where nobody can be left over", async () => {
  using turns = await setUp(128);
  serve(turns, 1_000);
  assertEquals(turns.next, null);
});

Deno.test("FairScheduler without its connection lets nobody wait for ever", async () => {
  const turns = await setUp(1_000);
  serve(turns, 128);
  const { next } = turns;
  assert(next !== null);
  turns[Symbol.dispose]();
  await next;
  serve(turns, 1_000);
  assertEquals(turns.next, null);
});
