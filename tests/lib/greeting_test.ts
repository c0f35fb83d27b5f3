import { assertEquals } from "@std/assert";
import { EXIT, greeting, GREETING_EXTRA, WELCOME } from "../../lib/greeting.ts";
import { GreetingBuffer } from "../../lib/greeting_buffer.ts";
import { lineLength } from "../../lib/line_length.ts";
import { equals } from "../../lib/io/streams.ts";
import { bytes } from "../support/pieces.ts";

const NAMES = ["", "a", "Michael", "\xe5\xb0\x8f", "\xff\x00\x9b", "!", "exit"];

Deno.test("the tutorial's words are these bytes", () => {
  assertEquals(WELCOME, bytes("Welcome!"));
  assertEquals(EXIT, bytes("exit"));
  assertEquals(GREETING_EXTRA, 8);
});

Deno.test("a greeting has the name's bytes as they are", () => {
  for (const name of NAMES) {
    assertEquals(greeting(bytes(name)), bytes(`Hello, ${name}!`));
  }
});

Deno.test("GreetingBuffer greets name after name, whatever was there before", () => {
  const buffer = new GreetingBuffer(1_024);
  assertEquals(buffer.room.length, 1_024);
  for (const name of ["a".repeat(1_024), ...NAMES, "b".repeat(1_024)]) {
    buffer.room.set(bytes(name));
    assertEquals(buffer.name(name.length), bytes(name));
    assertEquals(buffer.greeting(name.length), bytes(`Hello, ${name}!`));
  }
});

Deno.test("lineLength leaves one line's end out, and only at the end", () => {
  const cases: [chunk: string, length: number][] = [
    ["", 0],
    ["\n", 0],
    ["\r\n", 0],
    ["\r", 1],
    ["a\r", 2],
    ["a\n", 1],
    ["a\r\n", 1],
    ["a\n\n", 2],
    ["a\r\r\n", 2],
    ["\na", 2],
  ];
  for (const [chunk, length] of cases) {
    assertEquals(lineLength(bytes(chunk)), length, JSON.stringify(chunk));
  }
});

Deno.test("equals compares length and every byte", () => {
  const cases: [a: string, b: string, same: boolean][] = [
    ["", "", true],
    ["ab", "ab", true],
    ["ab", "ac", false],
    ["ab", "abc", false],
    ["abc", "ab", false],
    ["", "a", false],
  ];
  for (const [a, b, same] of cases) {
    assertEquals(equals(bytes(a), bytes(b)), same);
  }
  // Views of one buffer, at different places.
  const twice = bytes("abab");
  assertEquals(equals(twice.subarray(0, 2), twice.subarray(2)), true);
});
