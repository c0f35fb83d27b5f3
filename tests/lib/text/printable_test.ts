import { assert, assertEquals } from "@std/assert";
import { printable, quote } from "../../../lib/text/mod.ts";
import { binary } from "../../support/wire.ts";

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

for (const [text, shown] of BYTES) {
  Deno.test(`bytes are shown as ${shown}`, () => {
    assertEquals(printable(binary(text)), shown);
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
    printable(binary("\xff" + "\xc3\xa9".repeat(32_000))),
    `\\xff${letters}`,
  );
});

/**
 * What a terminal obeys, what reorders text, and what is not drawn: first and last.
 * From Unicode 17's UnicodeData.txt (Cc, Cf, Zl, Zp, Cs) and
 * DerivedCoreProperties.txt (Default_Ignorable_Code_Point), and some blanks.
 */
const ESCAPED: [from: number, to: number][] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x13430, 0x1343f],
  [0x13441, 0x13442],
  [0x16fe4, 0x16fe4],
  [0x1bca0, 0x1bca3],
  [0x1d159, 0x1d159],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

Deno.test("exactly the characters that are obeyed or not drawn are escaped", () => {
  const escaped = new Set(
    ESCAPED.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, i) => from + i)
    ),
  );
  for (let code = 0; code <= 0x10ffff; code++) {
    const text = `a${String.fromCodePoint(code)}b`;
    const hex = code.toString(16);
    const shown = !escaped.has(code)
      ? text
      : code < 0x80
      ? `a\\x${hex.padStart(2, "0")}b`
      : `a\\u{${hex}}b`;
    // A comparison a character by assertEquals would take seconds.
    if (printable(text) !== shown) assertEquals(printable(text), shown);
  }
});

const ENGLAND =
  "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";

const DRAWN: [what: string, text: string][] = [
  ["the flag of England", ENGLAND],
  [
    "the flag of Scotland between letters",
    "a\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}b",
  ],
  ["two flags in a row", ENGLAND + ENGLAND],
  ["a flag of a country", "\u{1f1e8}\u{1f1f3}"],
  [
    "emoji as pictures and as text",
    "\u2764\ufe0f \u00a9\ufe0e \u{1f600}\ufe0f",
  ],
  ["emoji that are joined", "\u{1f3f3}\ufe0f\u200d\u{1f308}"],
  ["keycaps", "1\ufe0f\u20e3 #\ufe0e\u20e3 *\ufe0f\u20e3 2\u20e3"],
  ["Arabic signs around numbers", "\u0600\u0661 \u0605 \u06dd\u0662 \u08e2"],
  [
    "signs around numbers in other scripts",
    "\u070f \u0890\u0891 \u{110bd}\u{110cd}",
  ],
  ["white space", "\u00a0\u1680\u2000\u200a\u202f\u205f\u3000"],
  ["joiners", "\u0915\u094d\u200d\u0937 \u200c"],
];

for (const [what, text] of DRAWN) {
  Deno.test(`text with ${what} stays as it is, among broken bytes too`, () => {
    assertEquals(printable(text), text);
    const utf8 = [...new TextEncoder().encode(text)];
    assertEquals(printable(Uint8Array.from(utf8)), text);
    assertEquals(
      printable(Uint8Array.from([0x80, ...utf8, 0xff])),
      `\\x80${text}\\xff`,
    );
  });
}

const HIDDEN: [what: string, text: string, shown: string][] = [
  [
    "tags after an emoji that is no flag",
    "\u{1f600}\u{e0067}\u{e007f}",
    "\u{1f600}\\u{e0067}\\u{e007f}",
  ],
  [
    "a flag without its last tag",
    ENGLAND.slice(0, -2),
    "\u{1f3f4}\\u{e0067}\\u{e0062}\\u{e0065}\\u{e006e}\\u{e0067}",
  ],
  [
    "a flag that is drawn as a black one",
    "\u{1f3f4}\u{e0075}\u{e0073}\u{e0074}\u{e0078}\u{e007f}",
    "\u{1f3f4}\\u{e0075}\\u{e0073}\\u{e0074}\\u{e0078}\\u{e007f}",
  ],
  ["tags after a flag", `${ENGLAND}\u{e0041}`, `${ENGLAND}\\u{e0041}`],
  ["a selector after a letter", "a\ufe0fb", "a\\u{fe0f}b"],
  ["a selector after a digit", "1\ufe0f2", "1\\u{fe0f}2"],
  ["a selector at the start", "\ufe0e", "\\u{fe0e}"],
  ["a second selector", "\u2764\ufe0f\ufe0f", "\u2764\ufe0f\\u{fe0f}"],
  ["another selector", "\u2764\ufe00\u{e0100}", "\u2764\\u{fe00}\\u{e0100}"],
  [
    "a selector after a selector escaped",
    "\u2764\ufe00\ufe0f",
    "\u2764\\u{fe00}\\u{fe0f}",
  ],
];

for (const [what, text, shown] of HIDDEN) {
  Deno.test(`text with ${what} is shown with it escaped`, () => {
    assertEquals(printable(text), shown);
    assertEquals(printable(new TextEncoder().encode(text)), shown);
    assertEquals(printable(shown), shown);
  });
}

Deno.test("the digits of an escape do not begin a keycap", () => {
  const keycap = new TextEncoder().encode("\ufe0f\u20e3");
  assertEquals(
    printable(Uint8Array.from([0x80, ...keycap])),
    "\\x80\\u{fe0f}\u20e3",
  );
});

Deno.test("a lone surrogate in a text is not shown as a byte", () => {
  assertEquals(printable("\udc80\udcff\udc41"), "\\u{dc80}\\u{dcff}\\u{dc41}");
});

Deno.test("escaping takes time in proportion to the length", () => {
  // Flags without their last tag: the pattern reads them to the end and fails.
  for (
    const part of [
      ENGLAND.slice(0, -2),
      ENGLAND,
      "1\ufe0f",
      "\x1b",
      "\u{e0100}",
    ]
  ) {
    const text = part.repeat(1_000_000 / part.length);
    const start = performance.now();
    printable(text);
    const ms = performance.now() - start;
    assert(ms < 5_000, `${ms} ms for ${JSON.stringify(part)}`);
  }
});

Deno.test("every character is shown in the same way, also beside a byte that is not UTF-8", () => {
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

Deno.test("no byte is lost or invented, whatever two bytes come first", () => {
  for (let first = 0x80; first <= 0xff; first++) {
    // A backslash stays as it is, and would be read as an escape.
    const input = Array.from({ length: 256 }, (_, second) => second)
      .filter((second) => second !== 0x5c)
      .flatMap((second) => [first, second, 0x80, 0xbf, 0x41, first, second]);
    const bytes = Uint8Array.from(input);
    assertEquals(bytesOf(printable(bytes)), bytes);
  }
});

Deno.test("bytes in the middle of a buffer are shown without the bytes around them", () => {
  const buffer = binary("\x1b\xe5\xb0\x8f\xff\xe5\xb0\x8f\x1b");
  assertEquals(printable(buffer.subarray(1, -1)), "小\\xff小");
});

const QUOTED: [what: string, value: string, quoted: string][] = [
  ["nothing", "", '""'],
  ["a plain value", "中é 1", '"中é 1"'],
  ["controls", "a\x1b]0;x\x07\r\n", '"a\\x1b]0;x\\x07\\x0d\\x0a"'],
  ["bidi and C1 controls", "\x9b31m\u202e", '"\\u{9b}31m\\u{202e}"'],
  ["a quote", 'a"b', '"a\\"b"'],
  ["quotes and backslashes", '"a" \\ "b"\\', '"\\"a\\" \\\\ \\"b\\"\\\\"'],
  ["what looks like an escape", "\\x1b", '"\\\\x1b"'],
  ["60 characters", "x".repeat(60), `"${"x".repeat(60)}"`],
  ["61 characters", "x".repeat(61), `"${"x".repeat(60)}…"`],
  ["60 line ends", "\n".repeat(60), `"${"\\x0a".repeat(60)}"`],
  ["60 surrogate pairs", "😀".repeat(60), `"${"😀".repeat(60)}"`],
  [
    "a lone surrogate at the limit",
    `${"x".repeat(59)}\ud83dy`,
    `"${"x".repeat(59)}\\u{d83d}…"`,
  ],
  ["a pair at the limit", "x".repeat(59) + "😀y", `"${"x".repeat(59)}😀…"`],
];

for (const [what, value, quoted] of QUOTED) {
  Deno.test(`quote of ${what} can be read in one way`, () => {
    assertEquals(quote(value), quoted);
  });
}
