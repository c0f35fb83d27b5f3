import { printable } from "../../../lib/text/mod.ts";

/**
 * The beginning of a message, for a picture: its first line, as far as it fits.
 *
 * @param bytes The first bytes of the message.
 * @param length The length of the whole message, in bytes.
 * @param room The number of columns; a Chinese character takes two.
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

/** The bytes without a part of a character at their end, where the trace cuts. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (
    end > 0 && bytes.length - end < 3 && ((bytes[end - 1] ?? 0) & 0xc0) === 0x80
  ) end--;
  const lead = bytes[end - 1] ?? 0;
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return bytes.length - end + 1 < wanted ? bytes.subarray(0, end - 1) : bytes;
}

/** Shortened so that `…` fits. */
function fit(text: string, room: number): string {
  const characters = [...text];
  while (columnsOf(characters.join("")) > room - 1) characters.pop();
  return characters.join("");
}

/** How wide a column of the monospaced font is, at its 13 pixels. */
export const COLUMN = 7.9;

/** The columns that are left beside a text over an arrow of so many pixels. */
export function roomBeside(text: string, length: number): number {
  const columns = Math.floor((length - 24) / COLUMN);
  return Math.max(1, columns - columnsOf(text) - 2);
}

/** The number of columns of a text in a monospaced font. */
export function columnsOf(text: string): number {
  return [...text].reduce((sum, c) => sum + (isWide(c) ? 2 : 1), 0);
}

/** Chinese, Japanese, Korean and emoji: enough for the pictures. */
function isWide(character: string): boolean {
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u
    .test(character);
}
