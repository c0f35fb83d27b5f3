import { assertEquals } from "@std/assert";
import { printable } from "../../../lib/text/printable.ts";
import { bytes } from "../../support/pieces.ts";

const TEXTS: [text: string, shown: string][] = [
  ["", ""],
  ["Grüße, 小明! 👩‍👩‍👧 \\ ~", "Grüße, 小明! 👩‍👩‍👧 \\ ~"],
  ["a\nb\r\tc\0", "a\\x0ab\\x0d\\x09c\\x00"],
  ["\x1b[2J\x07\x7f", "\\x1b[2J\\x07\\x7f"],
  ["\x1b]0;title\x07", "\\x1b]0;title\\x07"],
  ["\u0080\u009b\u009f\u00a0", "\\u{80}\\u{9b}\\u{9f}\u00a0"],
  ["\u202a\u202e\u2066\u2069", "\\u{202a}\\u{202e}\\u{2066}\\u{2069}"],
  [
    "\u2028\u2029\u200b\u200e\ufeff",
    "\\u{2028}\\u{2029}\\u{200b}\\u{200e}\\u{feff}",
  ],
  ["می\u200cخواهم", "می\u200cخواهم"],
  ["\u{e0001}\u{e0041}", "\\u{e0001}\\u{e0041}"],
  ["\ud83d", "\\u{d83d}"],
];

for (const [text, shown] of TEXTS) {
  Deno.test(`text is shown as ${shown || "nothing"}`, () => {
    assertEquals(printable(text), shown);
  });
}

const BYTES: [binary: string, shown: string][] = [
  ["\xe5\xb0\x8f", "小"],
  ["\xef\xbb\xbfa", "\\u{feff}a"],
  ["\xff\xfe", "\\xff\\xfe"],
  ["\x9b2J", "\\x9b2J"],
  ["\xc2\x9b", "\\u{9b}"],
  ["\xc0\x80", "\\xc0\\x80"],
  ["\xe0\x80\xaf", "\\xe0\\x80\\xaf"],
  ["\xed\xa0\x80", "\\xed\\xa0\\x80"],
  ["\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"],
  ["\xe5\xb0", "\\xe5\\xb0"],
  ["a\xe5\xb0b\xe5\xb0\x8f", "a\\xe5\\xb0b小"],
  ["\xf0\x9f\x98\x80\xf0\x9f\x98", "😀\\xf0\\x9f\\x98"],
];

for (const [binary, shown] of BYTES) {
  Deno.test(`bytes are shown as ${shown}`, () => {
    assertEquals(printable(bytes(binary)), shown);
  });
}

Deno.test("any bytes are shown, a large datagram of noise too", () => {
  const noise = new Uint8Array(65_507);
  crypto.getRandomValues(noise.subarray(0, 65_000));
  assertEquals(
    /[\p{Cc}\u202a-\u202e]/u.test(printable(noise)),
    false,
  );
  const letters = "é".repeat(32_000);
  assertEquals(
    printable(bytes("\xff" + "\xc3\xa9".repeat(32_000))),
    `\\xff${letters}`,
  );
});

/** What a terminal obeys, or what reorders or hides text, first and last. */
const OBEYED: [from: number, to: number][] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x061c, 0x061c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x2069],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xe0001, 0xe0001],
  [0xe0020, 0xe007f],
];

Deno.test("each character that a terminal obeys is written out", () => {
  for (const [from, to] of OBEYED) {
    for (let code = from; code <= to; code++) {
      const hex = code.toString(16);
      assertEquals(
        printable(`a${String.fromCodePoint(code)}b`),
        code < 0x80 ? `a\\x${hex.padStart(2, "0")}b` : `a\\u{${hex}}b`,
      );
    }
  }
});

Deno.test("every character is shown alike, also beside a byte that is none", () => {
  let all = "";
  for (let code = 0; code <= 0x10ffff; code++) {
    // A surrogate by itself has no bytes.
    if (code < 0xd800 || code > 0xdfff) all += String.fromCodePoint(code);
  }
  const utf8 = new TextEncoder().encode(`?${all}`);
  utf8[0] = 0xff;
  const expected = `\\xff${printable(all)}`;
  // Not by assertEquals, which would print a million characters.
  assertEquals(printable(utf8) === expected, true);
});

/** The bytes that a text without backslashes of its own stands for. */
function bytesOf(shown: string): Uint8Array {
  const one = /\\x([\da-f]{2})|\\u\{([\da-f]+)\}|[^\\]+/g;
  return Uint8Array.from(
    [...shown.matchAll(one)].flatMap(([plain, byte, code]) =>
      byte !== undefined ? [Number(`0x${byte}`)] : [
        ...new TextEncoder().encode(
          code === undefined
            ? plain
            : String.fromCodePoint(Number(`0x${code}`)),
        ),
      ]
    ),
  );
}

Deno.test("no byte is lost or made up, whatever two it begins with", () => {
  for (let first = 0x80; first <= 0xff; first++) {
    // A backslash stays as it is, and would be read as an escape.
    const input = Array.from({ length: 256 }, (_, second) => second)
      .filter((second) => second !== 0x5c)
      .flatMap((second) => [first, second, 0x80, 0xbf, 0x41, first, second]);
    const bytes = Uint8Array.from(input);
    assertEquals(bytesOf(printable(bytes)), bytes);
  }
});

Deno.test("bytes in the middle of a buffer are shown without their neighbours", () => {
  const buffer = bytes("\x1b\xe5\xb0\x8f\xff\xe5\xb0\x8f\x1b");
  assertEquals(printable(buffer.subarray(1, -1)), "小\\xff小");
});
