/**
 * Characters that a terminal obeys instead of showing them: controls (C0, DEL,
 * C1), line and paragraph separators, lone surrogates, and invisible format
 * characters, bidi controls among them. ZWNJ and ZWJ stay: they only join
 * letters and emoji.
 */
const UNSAFE = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]--[\u200c\u200d]]/gv;

/** The longest UTF-8 sequence, in bytes (RFC 3629). */
const MAX_SEQUENCE = 4;

// A BOM in a peer's bytes is a character like any other, not a mark to drop.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Text that is safe to show on a terminal, whatever a peer has sent.
 *
 * An escape sequence from a stranger can move the cursor, retitle the window or
 * reorder a line. So what a terminal would obey is written out: a control
 * character below U+0080 as `\x1b`, another as `\u{202e}`, and a byte that is
 * not UTF-8 as `\xff`. Everything else stays as it is, a backslash too.
 *
 * @param from Bytes as they came, or text.
 * @returns One line of text without control characters.
 *
 * @example
 * ```ts
 * import { printable } from "./printable.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(printable("Grüße, 小明!"), "Grüße, 小明!");
 * assertEquals(printable("\x1b[2J\u202e"), "\\x1b[2J\\u{202e}");
 * assertEquals(printable(new Uint8Array([0x41, 0xff])), "A\\xff");
 * ```
 */
export function printable(from: Uint8Array | string): string {
  const text = typeof from === "string" ? from : decode(from);
  return text.replace(UNSAFE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? escapeByte(code) : `\\u{${code.toString(16)}}`;
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

function decode(bytes: Uint8Array): string {
  return tryDecode(bytes) ?? decodeInPieces(bytes);
}

function tryDecode(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    // Not UTF-8, which is an answer here and not a failure.
    return undefined;
  }
}

function decodeInPieces(bytes: Uint8Array): string {
  let text = "";
  let at = 0;
  while (at < bytes.length) {
    const piece = decodeOne(bytes, at);
    text += piece?.character ?? escapeByte(bytes[at] ?? 0);
    at += piece?.length ?? 1;
  }
  return text;
}

/** The one character that starts at `at`, if there is a whole one. */
function decodeOne(bytes: Uint8Array, at: number) {
  for (let length = 1; length <= MAX_SEQUENCE; length++) {
    const character = tryDecode(bytes.subarray(at, at + length));
    if (character !== undefined) return { character, length };
  }
  return undefined;
}
