import { concat } from "../io/streams.ts";
import { printable } from "../text/printable.ts";

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Makes a stream of bytes safe for a terminal: control characters and bytes that
 * are not UTF-8 are spelled out, line ends and tabs stay.
 */
export class TerminalFilter {
  /** The last character, which may go on in the next part. */
  #rest: Uint8Array = new Uint8Array();

  /** The next part, as it can be written to a terminal. */
  filter(part: Uint8Array): Uint8Array {
    const bytes = concat([this.#rest, part]);
    const end = bytes.length - lengthOfLast(bytes);
    this.#rest = bytes.slice(end);
    return spellOut(bytes.subarray(0, end));
  }

  /** What is left at the end. */
  end(): Uint8Array {
    return spellOut(this.#rest);
  }
}

/** How many bytes at the end begin a character of more bytes, or a line end. */
function lengthOfLast(bytes: Uint8Array): number {
  if (bytes.at(-1) === CR) return 1;
  // The first byte of such a character is at least 0xc0 (RFC 3629, 3).
  return 1 + [1, 2, 3].findLastIndex((n) => (bytes.at(-n) ?? 0) >= 0xc0);
}

function spellOut(bytes: Uint8Array): Uint8Array {
  let text = "";
  let start = 0;
  for (const [at, byte] of bytes.entries()) {
    const isLineEnd = byte === LF || byte === CR && bytes[at + 1] === LF;
    if (byte !== TAB && !isLineEnd) continue;
    text += printable(bytes.subarray(start, at)) + String.fromCharCode(byte);
    start = at + 1;
  }
  return new TextEncoder().encode(text + printable(bytes.subarray(start)));
}
