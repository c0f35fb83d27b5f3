/**
 * Names the first line in which a file differs from its new text, and the part of it
 * that differs.
 *
 * @param path The file.
 * @param was Its present text; `null` if there is no file.
 * @param is Its new text.
 * @returns One line, or `null` if they are the same.
 *
 * @example
 * ```ts
 * import { difference } from "./difference.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(difference("a.md", "a\nb\n", "a\nb\n"), null);
 * assertEquals(
 *   difference("a.md", "a\nb\n", "a\nc\n"),
 *   'a.md:2: "b" is "c" now',
 * );
 * ```
 */
export function difference(
  path: string,
  was: string | null,
  is: string,
): string | null {
  if (was === is) return null;
  if (was === null) return `${path}: new file`;
  const [old, now] = [was.split("\n"), is.split("\n")];
  const at = old.findIndex((line, i) => line !== now[i]);
  const line = at === -1 ? old.length : at;
  const [before, after] = [old[line], now[line]];
  const from = same(before ?? "", after ?? "");
  return `${path}:${line + 1}: ${part(before, from)} is ${
    part(after, from)
  } now`;
}

/** How much of a line is shown before its first difference, and from there. */
const BEFORE = 20;
const SHOWN = 40;

/** The length of what two lines begin with alike. */
function same(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/** The part of a line around its first difference. */
function part(line: string | undefined, from: number): string {
  if (line === undefined) return "nothing";
  const [start, end] = [Math.max(0, from - BEFORE), from + SHOWN];
  return JSON.stringify(
    (start > 0 ? "…" : "") + line.slice(start, end) +
      (end < line.length ? "…" : ""),
  );
}
