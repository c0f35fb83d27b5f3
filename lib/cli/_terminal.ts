import { concat } from "../io/mod.ts";
import { printable } from "../text/mod.ts";

const encoder = new TextEncoder();

/**
 * Makes a stream of bytes safe for a terminal: control characters and bytes that
 * are not UTF-8 are spelled out, line ends and tabs stay.
 *
 * A character may be split between two parts, so the bytes of an incomplete one are
 * kept for the next part.
 */
export class TerminalFilter {
  #rest: Uint8Array = new Uint8Array();

  /** The next part, as it can be written to a terminal. */
  filter(part: Uint8Array): Uint8Array {
    const bytes = concat([this.#rest, part]);
    const end = bytes.length - incomplete(bytes);
    this.#rest = bytes.slice(end);
    return spellOut(bytes.subarray(0, end));
  }

  /** What is left at the end: bytes of a character that never came whole. */
  end(): Uint8Array {
    return spellOut(this.#rest);
  }
}

/** How many bytes at the end begin a character, or a line end, that goes on. */
function incomplete(bytes: Uint8Array): number {
  if (bytes.at(-1) === 0x0d) return 1;
  for (let length = 1; length <= 3; length++) {
    const byte = bytes.at(-length) ?? 0;
    if (byte < 0x80) return 0;
    // The first byte of a character says how many it has (RFC 3629, 3).
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return size > length ? length : 0;
    }
  }
  return 0;
}

function spellOut(bytes: Uint8Array): Uint8Array {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at <= bytes.length; at++) {
    const byte = bytes[at];
    const isLineEnd = byte === 0x0a ||
      byte === 0x0d && bytes[at + 1] === 0x0a;
    if (at < bytes.length && byte !== 0x09 && !isLineEnd) continue;
    parts.push(printable(bytes.subarray(start, at)));
    if (byte !== undefined) parts.push(String.fromCharCode(byte));
    start = at + 1;
  }
  return encoder.encode(parts.join(""));
}
