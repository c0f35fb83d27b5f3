import { printable } from "../../lib/text/printable.ts";

/**
 * The beginning of what was said, for a picture: its first line, as far as there
 * is room.
 *
 * @param bytes What is known of it.
 * @param length How many bytes it has as a whole.
 * @param room How many columns there are; a Chinese character takes two.
 * @returns The text, with `…` if it is not all.
 *
 * @example
 * ```ts
 * import { preview } from "./preview.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n");
 * assertEquals(preview(bytes, 25, 20), "GET / HTTP/1.1…");
 * assertEquals(preview(bytes, 25, 8), "GET / H…");
 * ```
 */
export function preview(
  bytes: Uint8Array,
  length: number,
  room: number,
): string {
  const end = bytes.findIndex((byte) => byte === 0x0d || byte === 0x0a);
  const line = end === -1 ? wholeCharacters(bytes) : bytes.subarray(0, end);
  const isAll = line.length === length;
  let text = "";
  let columns = isAll ? 0 : 1;
  for (const character of printable(line)) {
    const width = isWide(character) ? 2 : 1;
    if (columns + width > room) return fit(text, room) + "…";
    columns += width;
    text += character;
  }
  return isAll ? text : text + "…";
}

/** Without the beginning of a character that was cut where the trace ends. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (
    end > 0 && bytes.length - end < 3 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80
  ) end--;
  const lead = bytes[end - 1] ?? 0;
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return bytes.length - end + 1 < wanted ? bytes.subarray(0, end - 1) : bytes;
}

/** Shortened so far that the `…` has room. */
function fit(text: string, room: number): string {
  const characters = [...text];
  while (columnsOf(characters.join("")) > room - 1) characters.pop();
  return characters.join("");
}

/** How many columns a text takes where each character has the same width. */
export function columnsOf(text: string): number {
  return [...text].reduce((sum, c) => sum + (isWide(c) ? 2 : 1), 0);
}

/** Chinese, Japanese, Korean and emoji, as far as pictures need it. */
function isWide(character: string): boolean {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
    .test(character);
}
