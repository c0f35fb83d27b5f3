/**
 * Where lines stand in a file, whatever the indentation: a listing in a chapter
 * is dedented, and in its file it is not.
 *
 * @param lines The lines of the file.
 * @param wanted The lines to find, in one piece.
 * @returns The number of the first, counted from 1, or undefined.
 *
 * @example
 * ```ts
 * import { findLines } from "./find_lines.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const file = ["if (a) {", "  b();", "  c();", "}"];
 * assertEquals(findLines(file, ["b();", "c();"]), 2);
 * assertEquals(findLines(file, ["c();", "b();"]), undefined);
 * ```
 */
export function findLines(
  lines: string[],
  wanted: string[],
): number | undefined {
  const trimmed = wanted.map((line) => line.trim());
  if (trimmed.every((line) => line === "")) return undefined;
  const at = lines.findIndex((_, start) =>
    trimmed.every((line, i) => lines[start + i]?.trim() === line)
  );
  return at === -1 ? undefined : at + 1;
}
