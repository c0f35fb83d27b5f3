/**
 * Characters that a terminal obeys instead of showing them: controls (C0, DEL,
 * C1), line and paragraph separators, lone surrogates, and invisible format
 * characters, bidi controls among them. ZWNJ and ZWJ stay: they only join
 * letters and emoji.
 */
const UNSAFE = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]--[\u200c\u200d]]/gv;

/** The byte sequences that are a character: RFC 3629, section 4. */
const CHARACTERS = [
  String.raw`[\x00-\x7f]`,
  String.raw`[\xc2-\xdf][\x80-\xbf]`,
  String.raw`\xe0[\xa0-\xbf][\x80-\xbf]`,
  String.raw`[\xe1-\xec\xee\xef][\x80-\xbf]{2}`,
  String.raw`\xed[\x80-\x9f][\x80-\xbf]`,
  String.raw`\xf0[\x90-\xbf][\x80-\xbf]{2}`,
  String.raw`[\xf1-\xf3][\x80-\xbf]{3}`,
  String.raw`\xf4[\x80-\x8f][\x80-\xbf]{2}`,
].join("|");

/**
 * A run of them, or else one byte, in a text that has a character for each
 * byte. Runs are limited because the matcher takes stack for each turn.
 */
const PIECE = new RegExp(`((?:${CHARACTERS}){1,4096})|[^]`, "g");

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
  try {
    return utf8.decode(bytes);
  } catch {
    // Not UTF-8 as a whole, which is an answer here and not a failure.
    return decodePieces(bytes);
  }
}

// Not by trial: an error caught for each byte makes 64 KB of noise cost seconds.
function decodePieces(bytes: Uint8Array): string {
  const perByte = Array.from(bytes, (byte) => String.fromCharCode(byte));
  return perByte.join("").replace(
    PIECE,
    (piece, run: string | undefined, at: number) =>
      run === undefined
        ? escapeByte(piece.charCodeAt(0))
        : utf8.decode(bytes.subarray(at, at + run.length)),
  );
}

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
 * import { quote } from "./printable.ts";
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
