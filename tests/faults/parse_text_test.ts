import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { HttpError } from "../../lib/http/error.ts";
import { lineLength } from "../../lib/line_length.ts";
import { printable } from "../../lib/text/printable.ts";
import { quote } from "../../lib/text/printable.ts";
import { property } from "../support/property.ts";
import {
  anyBytes,
  anyText,
  nearlyBytes,
  wellFormedText,
} from "../support/random.ts";

const utf8 = new TextEncoder();

/** What a terminal obeys, by first and last: controls, bidi, halves, tags. */
const OBEYED = new Set(
  [
    [0x00, 0x1f],
    [0x7f, 0x9f],
    [0x061c, 0x061c],
    [0x200b, 0x200b],
    [0x200e, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x2064],
    [0x2066, 0x206f],
    [0xd800, 0xdfff],
    [0xfeff, 0xfeff],
    [0xfff9, 0xfffb],
    [0xe0001, 0xe0001],
    [0xe0020, 0xe007f],
  ].flatMap(([from = 0, to = 0]) =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i)
  ),
);

/** Not by a regular expression, as the code itself does. */
function assertSafe(text: string): void {
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (!OBEYED.has(code)) continue;
    throw new Error(`U+${code.toString(16)} in ${JSON.stringify(text)}`);
  }
}

const encoded = anyText.map((text) => utf8.encode(text));

property({
  target: "lib/text/printable.ts",
  fault: "random text",
  from: anyText,
  holds(text) {
    const shown = printable(text);
    assertSafe(shown);
    assertEquals(printable(shown), shown, "What is safe stays as it is");
    const bare = printable(text.replaceAll("\\", ""));
    assert(!/\\x[89a-f]/.test(bare), "A character is not shown as a byte");
  },
});

property({
  target: "lib/text/printable.ts",
  fault: "random bytes",
  from: fc.oneof(anyBytes, encoded, nearlyBytes(encoded), fc.uint8Array()),
  holds: (bytes) => assertSafe(printable(bytes)),
});

// No character of UTF-8 has one of these in it: RFC 3629, section 1.
const neverUtf8 = fc.constantFrom(0xc0, 0xc1, 0xf5, 0xfe, 0xff);

property({
  target: "lib/text/printable.ts",
  fault: "random text with bytes between that are none",
  from: fc.tuple(
    wellFormedText,
    fc.array(fc.tuple(neverUtf8, wellFormedText), { maxLength: 5 }),
  ),
  holds([start, more]) {
    const bytes = more.reduce(
      (before, [byte, text]) => [...before, byte, ...utf8.encode(text)],
      [...utf8.encode(start)],
    );
    const shown = more.map(([byte, text]) =>
      `\\x${byte.toString(16)}${printable(text)}`
    );
    assertEquals(
      printable(Uint8Array.from(bytes)),
      [printable(start), ...shown].join(""),
    );
  },
});

property({
  target: "lib/text/printable.ts",
  fault: "random text",
  from: fc.oneof(
    anyText,
    fc.string({ unit: fc.constantFrom(...'"\\…x1b u{}😀\x1b\ud83d') }),
    fc.tuple(anyText, fc.nat(99)).map(([text, n]) =>
      "\u{e0041}".repeat(n) + text
    ),
  ),
  holds(text) {
    const quoted = quote(text);
    assertSafe(quoted);
    // The end of a value cannot be faked, and a short one can be read back.
    const [, inside = "missing", rest] =
      /^"((?:[^"\\]|\\.)*)"(.*)$/su.exec(quoted) ?? [];
    assertEquals(rest, "");
    const characters = [...text];
    assert([...quoted].length <= 60 * "\\u{10ffff}".length + '"…"'.length);
    assertEquals(
      unquoted(inside),
      characters.length <= 60 ? text : `${characters.slice(0, 60).join("")}…`,
    );
  },
});

function unquoted(text: string): string {
  return text.replace(
    /\\(?:(["\\])|x([\da-f]{2})|u\{([\da-f]+)\})/g,
    (_, same?: string, byte?: string, code?: string) =>
      same ?? String.fromCodePoint(parseInt(byte ?? code ?? "", 16)),
  );
}

property({
  target: "lib/http/error.ts",
  fault: "random values",
  from: anyText,
  holds: (value) => assertSafe(new HttpError("Invalid field", value).message),
});

property({
  target: "lib/line_length.ts",
  fault: "random bytes",
  from: fc.tuple(
    anyBytes,
    fc.constantFrom("", "\n", "\r\n", "\r", "\n\n", "\n\r"),
  ),
  holds([start, end]) {
    const chunk = [...start, ...utf8.encode(end)];
    const rest = chunk.slice(lineLength(Uint8Array.from(chunk)));
    const ending = chunk.at(-1) !== 10
      ? []
      : chunk.at(-2) !== 13
      ? [10]
      : [13, 10];
    assertEquals(rest, ending);
  },
});
