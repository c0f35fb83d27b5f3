import { assertEquals } from "@std/assert";
import {
  EXIT,
  greeting,
  GREETING_EXTRA,
  MAX_UDP_NAME,
  trimNewline,
  WELCOME,
} from "../../lib/greeting.ts";
import { binary } from "../support/wire.ts";

const NAMES = ["", "a", "Michael", "\xe5\xb0\x8f", "\xff\x00\x9b", "!", "exit"];

Deno.test("the tutorial's words are these bytes", () => {
  assertEquals(WELCOME, binary("Welcome!"));
  assertEquals(EXIT, binary("exit"));
  assertEquals(GREETING_EXTRA, 8);
});

Deno.test("the tutorial's greeting has the name's bytes as they are", () => {
  for (const name of NAMES) {
    assertEquals(greeting(binary(name)), binary(`Hello, ${name}!`));
  }
});

Deno.test("a UDP name of the greatest length has a greeting that fits a datagram", () => {
  assertEquals(greeting(new Uint8Array(MAX_UDP_NAME)).length, 65_507);
});

Deno.test("trimNewline leaves one line ending out, and only at the end", () => {
  const cases: [chunk: string, trimmed: string][] = [
    ["", ""],
    ["\n", ""],
    ["\r\n", ""],
    ["\r", "\r"],
    ["a\r", "a\r"],
    ["a\n", "a"],
    ["a\r\n", "a"],
    ["a\n\n", "a\n"],
    ["a\r\r\n", "a\r"],
    ["\na", "\na"],
  ];
  for (const [chunk, trimmed] of cases) {
    assertEquals(
      trimNewline(binary(chunk)),
      binary(trimmed),
      JSON.stringify(chunk),
    );
  }
});
