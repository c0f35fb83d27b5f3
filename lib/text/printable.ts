/**
 * What a terminal obeys or does not draw: controls (C0, DEL, C1), line and paragraph
 * separators, format characters such as bidi controls, lone surrogates, characters with
 * Unicode's property Default_Ignorable_Code_Point (UAX #44), and the empty Braille cell.
 * The joiners and selectors that emoji and some scripts need stay.
 */
const UNSAFE = String
  .raw`[[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]--[\u200c\u200d\ufe0e\ufe0f]]`;

/** Most text is this, and needs no look at the list above. */
const PLAIN = /^[ -~]*$/;

/** Built when it is needed first, because that takes 0.7 ms. */
let unsafe: RegExp | undefined;

/**
 * Makes text from outside safe to show on a terminal.
 *
 * An escape sequence in it could move the cursor, set the window's title or reorder
 * a line, and an invisible character can make two different names look the same. So
 * these are escaped: a control character below U+0080 as `\x1b`, any other such
 * character as `\u{202e}`, and a byte that is not UTF-8 as `\xff`. Everything else
 * stays as it is, a backslash too. It takes time in proportion to the length.
 *
 * Two names may still look the same: by letters of two scripts, or by the joiners and
 * selectors of emoji, which stay.
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
  if (typeof from === "string") return escape(from);
  try {
    return escape(utf8.decode(from));
  } catch {
    return escapeBytes(from); // It is not UTF-8 as a whole.
  }
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

/**
 * Quotes a word of a command line, so that it can be copied into a shell.
 *
 * PowerShell would split it at commas, and zsh takes brackets for a pattern. Double
 * quotes are what `cmd` understands too, so they are used wherever they can be.
 *
 * @param word The word as the program is to get it.
 * @returns The word, in quotes if it needs them, {@linkcode printable}.
 *
 * @example
 * ```ts
 * import { shellWord } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(shellWord("--allow-net=localhost:80"), "--allow-net=localhost:80");
 * assertEquals(shellWord("--allow-net=[::1],a"), '"--allow-net=[::1],a"');
 * ```
 */
export function shellWord(word: string): string {
  if (/^[\w@%+=:./-]+$/.test(word)) return word;
  // On Windows no name has a double quote, and a backslash separates directories.
  if (Deno.build.os === "windows" || /^[\w@%+=:./, [\]-]+$/.test(word)) {
    return `"${printable(word)}"`;
  }
  return `'${printable(word).replaceAll("'", `'\\''`)}'`;
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

function escape(text: string): string {
  if (PLAIN.test(text)) return text;
  unsafe ??= new RegExp(UNSAFE, "gv");
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x80 ? escapeByte(code) : `\\u{${code.toString(16)}}`;
  });
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}

// A byte order mark in a peer's bytes is a character like any other.
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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
function escapeBytes(bytes: Uint8Array): string {
  const perByte = Array.from(bytes, (byte) => String.fromCharCode(byte));
  return perByte.join("").replace(
    PIECE,
    (piece, run: string | undefined, at: number) =>
      run === undefined
        ? escapeByte(piece.charCodeAt(0))
        : escape(utf8.decode(bytes.subarray(at, at + run.length))),
  );
}
