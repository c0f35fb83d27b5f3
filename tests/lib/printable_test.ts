import { assertEquals } from "@std/assert";
import { printable } from "../../lib/printable.ts";
import { bytes } from "./pieces.ts";

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
