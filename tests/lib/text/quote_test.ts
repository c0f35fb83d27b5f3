import { assertEquals } from "@std/assert";
import { quote } from "../../../lib/text/printable.ts";

const CASES: [what: string, value: string, quoted: string][] = [
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

for (const [what, value, quoted] of CASES) {
  Deno.test(`quote shows ${what} without doubt`, () => {
    assertEquals(quote(value), quoted);
  });
}
