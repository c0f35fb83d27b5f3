/**
 * Names the first line in which a file differs from its new text.
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
  if (was === null) return `${path}: is not there`;
  const [old, now] = [was.split("\n"), is.split("\n")];
  const at = old.findIndex((line, i) => line !== now[i]);
  const line = at === -1 ? old.length : at;
  const text = (line: string | undefined) =>
    line === undefined ? "nothing" : JSON.stringify(line);
  return `${path}:${line + 1}: ${text(old[line])} is ${text(now[line])} now`;
}
