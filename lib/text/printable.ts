/**
 * What a terminal obeys: controls (C0, DEL, C1), line and paragraph separators,
 * format characters, bidi controls among them; and lone surrogates.
 */
const OBEYED = String.raw`\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}`;

/**
 * What is not drawn: variation selectors, fillers of Hangul, tags and so on, by
 * Unicode's property for it (UAX #44); and blanks that no program takes for white
 * space, so that no program removes them. Those are an empty Braille cell, notehead
 * and hieroglyphs (full and half), and the filler of the Khitan script. White space
 * itself stays, U+00A0 and U+3000 included.
 */
const INVISIBLE = String
  .raw`\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}\u{16fe4}`;

/**
 * Of these, the characters that stay: ZWNJ and ZWJ, which only join letters and
 * emoji; and those with the property Prepended_Concatenation_Mark, which are drawn,
 * around the digits after them. The list is that of Unicode's PropList.txt, because
 * regular expressions of JavaScript do not know the property.
 */
const DRAWN = String
  .raw`\u200c\u200d\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}`;

/**
 * Sequences of emoji that stay (UTS #51): the flags of England, Scotland and Wales,
 * spelled in tags; an emoji with the variation selector that makes it text or
 * picture; and keycaps, such as `1️⃣`. Other sequences of tags are drawn as a plain
 * black flag, which hides the tags, so their tags are escaped.
 */
const EMOJI = String
  .raw`\p{RGI_Emoji_Tag_Sequence}|[\p{Emoji}--[\d#*]][\ufe0e\ufe0f]|[\d#*][\ufe0e\ufe0f]\u20e3`;

/** Most text is this, and needs no look at the lists above. */
const PLAIN = /^[ -~]*$/;

/** Built when it is needed first: with all its lists that takes 1 ms. */
let emojiOrUnsafe: RegExp | undefined;

/**
 * Makes text from outside safe to show on a terminal.
 *
 * An escape sequence in it could move the cursor, set the window's title or reorder
 * a line, and an invisible character can make two different names look the same. So
 * these are escaped: a control character below U+0080 as `\x1b`, any other such
 * character as `\u{202e}`, and a byte that is not UTF-8 as `\xff`. Everything else
 * stays as it is, a backslash too. It takes time in proportion to the length.
 *
 * @param from Bytes, as they were received, or text.
 * @returns One line of text without control characters.
 *
 * @example
 * ```ts
 * import { printable } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(printable("Grüße, 小明!"), "Grüße, 小明!");
 * assertEquals(printable("\x1b[2J\u202e"), "\\x1b[2J\\u{202e}");
 * assertEquals(printable(new Uint8Array([0x41, 0xff])), "A\\xff");
 * ```
 */
export function printable(from: Uint8Array | string): string {
  if (typeof from === "string") return escapeUnsafe(from, escapeCharacter);
  return escapeUnsafe(decode(from), escapeDecoded);
}

/** At most 60 characters, surrogate pairs whole: enough to recognise a value. */
const START = /^.{0,60}/su;

/**
 * Quotes a value from outside for an error message.
 *
 * It is {@linkcode printable}, so it stays on one line and moves no cursor. A quote
 * or a backslash in it gets a backslash in front, so that a value can fake neither
 * its end nor an escape.
 *
 * @param value The value: received from a peer, or typed by a user.
 * @returns The value in double quotes, cut to 60 characters and `…`.
 *
 * @example
 * ```ts
 * import { quote } from "./mod.ts";
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

/** The number of bytes that {@linkcode preview} shows. */
const SHOWN = 60;

/**
 * The first bytes from a peer, for an error message.
 *
 * @param bytes What was received.
 * @returns At most 60 bytes as text that is {@linkcode printable}, in double quotes,
 * and `…` if there are more.
 *
 * @example
 * ```ts
 * import { preview } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("220 ready\r\n");
 * assertEquals(preview(bytes), '"220 ready\\x0d\\x0a"');
 * assertEquals(preview(new Uint8Array(61).fill(0x78)), `"${"x".repeat(60)}…"`);
 * ```
 */
export function preview(bytes: Uint8Array): string {
  const rest = bytes.length > SHOWN ? "…" : "";
  return `"${printable(bytes.subarray(0, SHOWN))}${rest}"`;
}

function escapeUnsafe(
  text: string,
  escapeOne: (character: string) => string,
): string {
  if (PLAIN.test(text)) return text;
  emojiOrUnsafe ??= new RegExp(
    `(${EMOJI})|[[${OBEYED}${INVISIBLE}]--[${DRAWN}]]`,
    "gv",
  );
  return text.replace(
    emojiOrUnsafe,
    (match, emoji: string | undefined) => emoji ?? escapeOne(match),
  );
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? escapeByte(code) : `\\u{${code.toString(16)}}`;
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

/**
 * A byte that is not UTF-8 is decoded to the lone surrogate U+DC00 + byte, as in
 * Python's `surrogateescape` (PEP 383). UTF-8 has no surrogates, so it is no other
 * character; and it is escaped last, so that its digits cannot begin a keycap.
 */
const NOT_UTF8 = 0xdc00;

function escapeDecoded(character: string): string {
  const byte = character.charCodeAt(0) - NOT_UTF8;
  return byte >= 0 && byte <= 0xff
    ? escapeByte(byte)
    : escapeCharacter(character);
}

// A byte order mark in a peer's bytes is a character like any other.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    // Not UTF-8 as a whole, which is an answer here and not a failure.
    return decodePieces(bytes);
  }
}

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
 * A run of characters, or else one byte, in a text that has a character for each
 * byte. The length of a run is limited because each repetition takes stack.
 */
const PIECE = new RegExp(`((?:${CHARACTERS}){1,4096})|[^]`, "g");

// Not by trial and error: an exception for each byte makes 64 KB of noise take seconds.
function decodePieces(bytes: Uint8Array): string {
  const perByte = Array.from(bytes, (byte) => String.fromCharCode(byte));
  return perByte.join("").replace(
    PIECE,
    (piece, run: string | undefined, at: number) =>
      run === undefined
        ? String.fromCharCode(NOT_UTF8 + piece.charCodeAt(0))
        : utf8.decode(bytes.subarray(at, at + run.length)),
  );
}
