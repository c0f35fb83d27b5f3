/** Random bytes that do harm in a terminal, and the check that none got there. */

import { assertEquals } from "@std/assert";
import type { Ended } from "./process.ts";
import { binary } from "./bytes.ts";

/** A random whole number from 0 up to one less than this. */
export function below(limit: number): number {
  return Math.floor(Math.random() * limit);
}

/** A random one of these. */
export function oneOf<T>(first: T, ...rest: T[]): T {
  return rest[below(rest.length + 1)] ?? first;
}

/** What terminals obey, what is not UTF-8, and what looks like an escape of it. */
const HOSTILE = [
  ...["\x1b[2J", "\x1b]0;title\x07", "\x1bP\x1b\\", "\x9b31m", "\x9d", "\x85"],
  ...["\r", "\n", "\r\n", "\t", "\x08\x7f", "\0"],
  // U+009B, U+202E (right to left from here), U+2066, U+061C, U+2028, U+FEFF.
  ...["\xc2\x9b", "\xe2\x80\xae", "\xe2\x81\xa6", "\xd8\x9c", "\xe2\x80\xa8"],
  ...["\xef\xbb\xbf", "\xff\xfe", "\xc3", "\xc0\xaf", "\xf0\x9f\x98"],
  // Half of a surrogate pair, and above U+10FFFF; a character as it should be.
  ...["\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe5\xb0\x8f"],
  ...["\\x1b", "%s%d%c", "Hello"],
] as const;

/** Random hostile bytes, `length` of them. */
export function hostileBytes(length: number): Uint8Array<ArrayBuffer> {
  const [first, ...rest] = HOSTILE;
  let text = "";
  while (text.length < length) text += oneOf<string>(first, ...rest);
  return binary(text.slice(0, length));
}

/** What no terminal may receive, LF apart, and the sign that it was not UTF-8. */
const HARMFUL = /[[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}\ufeff\ufffd]--\n]/v;

/** Checks that the output moves no cursor and is UTF-8. */
export function assertHarmless({ stdoutBytes, stderr }: Ended): void {
  // Throws if it is not UTF-8; standard error is text already, with U+FFFD then.
  const stdout = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    .decode(stdoutBytes);
  for (const text of [stdout, stderr]) {
    assertEquals(HARMFUL.exec(text)?.[0], undefined, text);
  }
}
