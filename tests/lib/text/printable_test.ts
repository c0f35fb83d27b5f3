import { assertEquals } from "@std/assert";
import { preview, printable, quote, shellWord } from "../../../lib/text/mod.ts";
import { binary, encode } from "../../support/bytes.ts";

const SAME = [
  "",
  "Grüße, 小明! 👩‍👩‍👧 \\ ~",
  "\u2764\ufe0f \u00a9\ufe0e 1\ufe0f\u20e3 \u{1f1e8}\u{1f1f3} 🏳️‍🌈",
  "می\u200cخواهم \u0915\u094d\u200d\u0937",
  "\u00a0\u1680\u2000\u200a\u202f\u205f\u3000",
];

const TEXTS: [text: string, shown: string][] = [
  ...SAME.map((text): [string, string] => [text, text]),
  ["a\nb\r\tc\0", "a\\x0ab\\x0d\\x09c\\x00"],
  ["\x1b[2J\x1b]0;x\x07\x7f", "\\x1b[2J\\x1b]0;x\\x07\\x7f"],
  ["\u009b\u202e\u2028\ufeff", "\\u{9b}\\u{202e}\\u{2028}\\u{feff}"],
  // A flag that is spelled in tags is shown as a black flag and its tags.
  ["\u{1f3f4}\u{e0067}\u{e007f}", "\u{1f3f4}\\u{e0067}\\u{e007f}"],
];

Deno.test("text is shown with what a terminal obeys or does not draw spelled out", () => {
  for (const [text, shown] of TEXTS) {
    assertEquals(printable(text), shown);
    assertEquals(printable(encode(text)), shown);
    const among = Uint8Array.of(0x80, ...encode(text), 0xff);
    assertEquals(printable(among), `\\x80${shown}\\xff`);
    assertEquals(printable(shown), shown, "What is shown stays as it is");
  }
  const lone = "\ud83d\udc80"; // Halves of two characters, in the wrong order.
  const reversed = `${lone[1]}${lone[0]}`;
  assertEquals(printable(reversed), "\\u{dc80}\\u{d83d}");
});

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

Deno.test("bytes that are not UTF-8 are shown one by one", () => {
  for (const [text, shown] of BYTES) {
    const buffer = binary(`\x1b${text}\x1b`);
    assertEquals(printable(buffer.subarray(1, -1)), shown);
  }
});

/**
 * What a terminal obeys, what reorders text, and what is not drawn: first and last.
 * From Unicode 17's UnicodeData.txt (Cc, Cf, Zl, Zp, Cs) and
 * DerivedCoreProperties.txt (Default_Ignorable_Code_Point), and U+2800.
 */
const ESCAPED = (
  "00-1f 7f-9f ad 034f 0600-0605 061c 06dd 070f 0890-0891 08e2 " +
  "115f-1160 17b4-17b5 180b-180f 200b 200e-200f 2028-202e 2060-206f " +
  "2800 3164 d800-dfff fe00-fe0d feff ffa0 fff0-fffb 110bd 110cd " +
  "13430-1343f 1bca0-1bca3 1d173-1d17a e0000-e0fff"
).split(" ").map((range) => range.split("-").map((hex) => parseInt(hex, 16)));

Deno.test("exactly the characters that are obeyed or not drawn are escaped", () => {
  const escaped = new Set(
    ESCAPED.flatMap(([from = 0, to = from]) =>
      Array.from({ length: to - from + 1 }, (_, i) => from + i)
    ),
  );
  const lines: [text: string, shown: string][] = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code === 0x40000) code = 0xe0000; // No character is assigned between.
    if (code === 0xe2000) code = 0x10f800; // Private use, without properties.
    const hex = code.toString(16);
    const text = String.fromCodePoint(code);
    const shown = code < 0x80 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`;
    lines.push([text, escaped.has(code) ? shown : text]);
  }
  for (let at = 0; at < lines.length; at += 0x800) {
    const part = lines.slice(at, at + 0x800);
    const text = part.map(([text]) => text).join("-");
    const shown = part.map(([, shown]) => shown).join("-");
    assertEquals(printable(text), shown);
    // Surrogates have no bytes.
    if (!text.isWellFormed()) continue;
    assertEquals(printable(encode(text)), shown);
    assertEquals(
      printable(Uint8Array.of(0xff, ...encode(text))),
      `\\xff${shown}`,
    );
  }
});

Deno.test("no byte is lost or invented, whatever two bytes come first", () => {
  /** The bytes that a text without backslashes of its own stands for. */
  const bytesOf = (shown: string) =>
    shown.matchAll(/\\x([\da-f]{2})|\\u\{([\da-f]+)\}|[^\\]+/g)
      .flatMap(([plain, byte, code]) =>
        byte !== undefined
          ? [parseInt(byte, 16)]
          : encode(code ? String.fromCodePoint(parseInt(code, 16)) : plain)
      );
  for (let first = 0x80; first <= 0xff; first++) {
    const input = Array.from({ length: 256 }, (_, second) => second)
      .filter((second) => second !== 0x5c) // The backslash.
      .flatMap((second) => [first, second, 0x80, 0xbf, 0x41]);
    const shown = printable(Uint8Array.from(input));
    assertEquals([...bytesOf(shown)], input);
  }
});

const QUOTED: [value: string, quoted: string][] = [
  ["", '""'],
  ["中é 1", '"中é 1"'],
  ["a\x1b]0;x\x07\r\n", '"a\\x1b]0;x\\x07\\x0d\\x0a"'],
  ["\x9b31m\u202e", '"\\u{9b}31m\\u{202e}"'],
  ['"a" \\ "b"\\', '"\\"a\\" \\\\ \\"b\\"\\\\"'],
  ["\\x1b", '"\\\\x1b"'],
  ["x".repeat(60), `"${"x".repeat(60)}"`],
  ["x".repeat(61), `"${"x".repeat(60)}…"`],
  ["\n".repeat(60), `"${"\\x0a".repeat(60)}"`],
  ["😀".repeat(61), `"${"😀".repeat(60)}…"`],
  [`${"x".repeat(59)}\ud83dy`, `"${"x".repeat(59)}\\u{d83d}…"`],
];

Deno.test("a quoted value can be read in one way", () => {
  for (const [value, quoted] of QUOTED) assertEquals(quote(value), quoted);
});

Deno.test("a preview shows the first 60 bytes", () => {
  assertEquals(preview(binary("220\r\n\xff")), '"220\\x0d\\x0a\\xff"');
  assertEquals(preview(new Uint8Array(60).fill(0x78)), `"${"x".repeat(60)}"`);
  assertEquals(preview(new Uint8Array(61).fill(0x78)), `"${"x".repeat(60)}…"`);
});

Deno.test("a word of a command line is quoted where a shell would change it", () => {
  for (
    const [word, quoted] of [
      ["--allow-read=a/b.txt", "--allow-read=a/b.txt"],
      ["--allow-net=[::1]:9", '"--allow-net=[::1]:9"'],
      ["a,b c", '"a,b c"'],
      // Between double quotes, the shells of Unix would replace it.
      ["a$b", Deno.build.os === "windows" ? '"a$b"' : "'a$b'"],
      [
        "C:\\x\x1b",
        Deno.build.os === "windows" ? '"C:\\x\\x1b"' : "'C:\\x\\x1b'",
      ],
    ] as const
  ) assertEquals(shellWord(word), quoted);
});
