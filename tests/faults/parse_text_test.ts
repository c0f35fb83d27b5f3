import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { HttpError } from "../../lib/http/mod.ts";
import { greeting } from "../../lib/greeting.ts";
import { hello } from "../support/wire.ts";
import { printable, quote } from "../../lib/text/mod.ts";
import { property } from "../support/property.ts";
import {
  anyBytes,
  anyText,
  nearlyBytes,
  wellFormedText,
} from "../support/random.ts";

const utf8 = new TextEncoder();

/**
 * What a terminal obeys or does not draw, by first and last: controls, bidi, lone
 * surrogates, fillers, selectors, tags.
 */
const UNSAFE = new Set(
  [
    [0x00, 0x1f],
    [0x7f, 0x9f],
    [0x034f, 0x034f],
    [0x061c, 0x061c],
    [0x115f, 0x1160],
    [0x17b4, 0x17b5],
    [0x180b, 0x180f],
    [0x200b, 0x200b],
    [0x200e, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x2064],
    [0x2066, 0x206f],
    [0x2800, 0x2800],
    [0x3164, 0x3164],
    [0xd800, 0xdfff],
    [0xfe00, 0xfe0d],
    [0xfeff, 0xfeff],
    [0xffa0, 0xffa0],
    [0xfff0, 0xfffb],
    [0xe0000, 0xe0fff],
  ].flatMap(([from = 0, to = 0]) =>
    Array.from({ length: to - from + 1 }, (_, i) => from + i)
  ),
);

/** Flags that are spelled in tags: England, Scotland, Wales. */
const FLAGS = ["gbeng", "gbsct", "gbwls"].map((name) =>
  `\u{1f3f4}${
    Array.from(
      name,
      (char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0)),
    )
      .join("")
  }\u{e007f}`
);

/** Not by a regular expression, as the code itself does. */
function assertSafe(text: string): void {
  const rest = FLAGS.reduce((text, flag) => text.replaceAll(flag, "-"), text);
  let before = "";
  for (const char of rest) {
    const code = char.codePointAt(0) ?? 0;
    const isSelector = char === "\ufe0e" || char === "\ufe0f";
    const isEscaped = UNSAFE.has(code) ||
      (isSelector && !/^\p{Emoji}$/u.test(before));
    before = char;
    if (!isEscaped) continue;
    throw new Error(`U+${code.toString(16)} in ${JSON.stringify(text)}`);
  }
}

/** Text of characters that depend on their context: flags, selectors, keycaps. */
const sequences = fc.string({
  unit: fc.constantFrom(
    ...FLAGS,
    ..."\ufe0e\ufe0f\u20e3\u{1f3f4}\u2764\u200d1#",
    ..."\u{e0067}\u{e007f}\ufe00\u{e0100}\u3164\u0600\u2800\x1b",
  ),
});
const encoded = fc.oneof(anyText, sequences).map((text) => utf8.encode(text));

property({
  target: "lib/text/printable.ts",
  fault: "random text",
  from: fc.oneof(anyText, sequences),
  holds(text) {
    const shown = printable(text);
    assertSafe(shown);
    assertEquals(printable(shown), shown, "Safe text stays as it is");
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

// UTF-8 never contains these bytes: RFC 3629, section 1.
const neverUtf8 = fc.constantFrom(0xc0, 0xc1, 0xf5, 0xfe, 0xff);

property({
  target: "lib/text/printable.ts",
  fault: "random text with bytes between that are not UTF-8",
  from: fc.tuple(
    fc.oneof(wellFormedText, sequences),
    fc.array(fc.tuple(neverUtf8, fc.oneof(wellFormedText, sequences)), {
      maxLength: 5,
    }),
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
    // A value cannot fake its end, and a short one can be read back.
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
  target: "lib/greeting.ts",
  fault: "random bytes",
  from: fc.tuple(
    anyBytes,
    fc.constantFrom("", "\n", "\r\n", "\r", "\n\n", "\n\r"),
  ),
  holds([start, end]) {
    const chunk = [...start, ...utf8.encode(end)];
    const ending = chunk.at(-1) !== 10 ? 0 : chunk.at(-2) !== 13 ? 1 : 2;
    const [before = "", after = ""] = hello("|").split("|");
    assertEquals(
      Array.from(greeting(Uint8Array.from(chunk))),
      [
        ...utf8.encode(before),
        ...chunk.slice(0, chunk.length - ending),
        ...utf8.encode(after),
      ],
    );
  },
});
