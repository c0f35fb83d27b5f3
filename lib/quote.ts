import { printable } from "./printable.ts";

/** At most 60 characters, surrogate pairs whole: enough to recognise a value by. */
const START = /^.{0,60}/su;

/**
 * A value from outside, quoted for an error message.
 *
 * It is {@linkcode printable}, so that it stays on one line and moves no cursor.
 * A quote or a backslash of its own gets a backslash in front: where the value
 * ends and which escapes it came with cannot be faked.
 *
 * @param value What a peer has sent, or a user has typed.
 * @returns The value between double quotes, a longer one shortened.
 *
 * @example
 * ```ts
 * import { quote } from "./quote.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(quote("小明"), '"小明"');
 * assertEquals(quote('\x1b "\n'), '"\\x1b \\"\\x0a"');
 * assertEquals(quote("x".repeat(61)), `"${"x".repeat(60)}…"`);
 * ```
 */
export function quote(value: string): string {
  const [start = ""] = START.exec(value) ?? [];
  const shown = printable(start.replace(/["\\]/g, "\\$&"));
  return `"${shown}${start.length < value.length ? "…" : ""}"`;
}
