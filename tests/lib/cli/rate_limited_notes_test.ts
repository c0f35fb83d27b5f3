import { assertEquals } from "@std/assert";
import { RateLimitedNotes } from "../../../lib/cli/_output.ts";
import { FakeClock } from "../../support/fake_clock.ts";

function open() {
  const lines: string[] = [];
  const clock = new FakeClock();
  const notes = new RateLimitedNotes((line) => lines.push(line), clock);
  return { notes, lines, clock };
}

Deno.test("RateLimitedNotes writes a note at once, and the same one not again within a second", () => {
  const { notes, lines, clock } = open();
  for (let i = 0; i < 1_206; i++) notes.note("reset");
  assertEquals(lines, ["reset"]);
  clock.pass(999);
  assertEquals(lines.length, 1);
  clock.pass(1);
  assertEquals(lines, ["reset", "reset (and 1,204 more like it)"]);
});

Deno.test("RateLimitedNotes writes at most one note a second for as long as they come", () => {
  const { notes, lines, clock } = open();
  for (let i = 0; i < 100; i++) {
    notes.note("reset");
    clock.pass(100);
  }
  assertEquals(lines.length, 11);
  assertEquals(lines[1], "reset (and 8 more like it)");
  assertEquals(lines[10], "reset (and 9 more like it)");
});

Deno.test("RateLimitedNotes counts no note that stands alone", () => {
  const { notes, lines, clock } = open();
  notes.note("reset");
  notes.note("reset");
  clock.pass(2_000);
  notes.note("reset");
  assertEquals(lines, ["reset", "reset", "reset"]);
  clock.pass(1_000);
  assertEquals(lines.length, 3);
  assertEquals(clock.pending, 0);
});

Deno.test("RateLimitedNotes takes notes that differ in address, number and value for one kind", () => {
  const { notes, lines } = open();
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
  assertEquals(lines.slice(2), [same[1]]);
});

Deno.test("RateLimitedNotes takes a kind that it is given", () => {
  const { notes, lines } = open();
  notes.note("one", "kind");
  notes.note("two", "kind");
  notes.note("two");
  assertEquals(lines, ["one", "two"]);
});

Deno.test("RateLimitedNotes keeps a limited number of kinds", () => {
  const { notes, lines, clock } = open();
  const word = (i: number) => "x".repeat(i + 1);
  for (let i = 0; i < 1_000; i++) notes.note(word(i));
  assertEquals(lines.length, 101);
  assertEquals(clock.pending, 101);
  clock.pass(1_000);
  assertEquals(lines.slice(101), [`${word(999)} (and 898 other notes)`]);
});

Deno.test("RateLimitedNotes writes the count of what was left out when it is flushed", () => {
  const { notes, lines, clock } = open();
  for (const line of ["a", "b", "a", "a"]) notes.note(line);
  notes.flush();
  notes.flush();
  assertEquals(lines, ["a", "b", "a (and 1 more like it)"]);
  assertEquals(clock.pending, 0);
});

Deno.test("RateLimitedNotes that is disposed flushes, and leaves no timer behind", () => {
  const { notes, lines, clock } = open();
  notes.note("a");
  notes.note("a");
  notes[Symbol.dispose]();
  assertEquals(lines, ["a", "a"]);
  notes.note("late");
  assertEquals(lines, ["a", "a", "late"]);
  assertEquals(clock.pending, 0);
});
