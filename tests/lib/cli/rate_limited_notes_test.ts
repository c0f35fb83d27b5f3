import { assertEquals } from "@std/assert";
import { RateLimitedNotes } from "../../../lib/cli/_rate_limited_notes.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function open() {
  const lines: string[] = [];
  const clock = new FakeClock();
  const notes = new RateLimitedNotes((line) => lines.push(line), clock);
  return { notes, lines, clock };
}

Deno.test("RateLimitedNotes writes at most one note a second, with the number of the others", () => {
  const { notes, lines, clock } = open();
  for (let i = 0; i < 1_206; i++) notes.note("reset");
  clock.pass(999);
  assertEquals(lines, ["reset"]);
  clock.pass(1);
  assertEquals(lines, ["reset", "reset (and 1,204 more like it)"]);
  for (let i = 0; i < 100; i++) {
    notes.note("reset");
    clock.pass(100);
  }
  assertEquals(lines.length, 12);
  assertEquals(lines.at(-1), "reset (and 9 more like it)");
});

Deno.test("RateLimitedNotes counts no note that stands alone", () => {
  const { notes, lines, clock } = open();
  notes.note("reset");
  notes.note("reset");
  clock.pass(2_000);
  notes.note("reset");
  clock.pass(1_000);
  assertEquals(lines, ["reset", "reset", "reset"]);
  assertEquals(clock.pending, 0);
});

Deno.test("RateLimitedNotes takes notes that differ in address, number and value for one kind", () => {
  const { notes, lines, clock } = open();
  const same = [
    'Cannot talk to 127.0.0.1:51234 over TCP: it sent "a"',
    'Cannot talk to [fe80::1]:443 over TCP: it sent "b\\" c"',
  ];
  for (const line of same) notes.note(line);
  notes.note("Cannot talk to 127.0.0.1:51234 over TCP: it has reset");
  assertEquals(lines, [
    same[0],
    "Cannot talk to 127.0.0.1:51234 over TCP: it has reset",
  ]);
  notes.flush();
  notes.flush();
  assertEquals(lines.slice(2), [same[1]]);
  assertEquals(clock.pending, 0);
});

Deno.test("RateLimitedNotes keeps a limited number of kinds", () => {
  const { notes, lines, clock } = open();
  const word = (i: number) => "x".repeat(i + 1);
  for (let i = 0; i < 1_000; i++) notes.note(word(i));
  assertEquals(lines.length, 101);
  clock.pass(1_000);
  assertEquals(lines.slice(101), [`${word(999)} (and 898 other notes)`]);
});
