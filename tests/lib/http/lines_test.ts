import { assertEquals, assertRejects } from "@std/assert";
import { HttpError } from "../../../lib/http/error.ts";
import { LineReader } from "../../../lib/http/_lines.ts";
import { everyWayToCut, feed } from "../../support/pieces.ts";
import { binary } from "../../support/wire.ts";

async function readLines(lines: LineReader): Promise<string[]> {
  const read = [];
  for (;;) {
    const line = await lines.next();
    if (line === null) return read;
    read.push(line);
  }
}

const GOOD: [name: string, input: string, lines: string[]][] = [
  ["no input", "", []],
  ["an empty line", "\r\n", [""]],
  ["lines and empty lines", "a\r\n\r\nb c \r\n", ["a", "", "b c "]],
  ["UTF-8", "\xe4\xb8\xad\xe2\x80\x8b\r\n", ["中\u200b"]],
  ["a byte order mark", "\xef\xbb\xbfa\r\n\xef\xbb\xbf\r\n", [
    "\ufeffa",
    "\ufeff",
  ]],
  ["bytes that are not UTF-8", "caf\xe9\x80\r\n", ["caf\xe9\x80"]],
  ["both, each by itself", "\xc3\xa9\r\n\xe9\r\n", ["é", "é"]],
  ["other controls", "\x1b[2J\x7f\r\n", ["\x1b[2J\x7f"]],
];

for (const [name, input, expected] of GOOD) {
  Deno.test(`lines of ${name} are read, however they are cut`, async () => {
    for (const pieces of everyWayToCut(binary(input))) {
      const filled = pieces.filter((piece) => piece.length > 0);
      const lines = new LineReader(feed(filled), 100, "header");
      assertEquals(await readLines(lines), expected);
    }
  });
}

const BAD: [name: string, input: string, message: string][] = [
  ["a bare LF", "a\nb\r\n", 'Bare LF in the trailer: "a\\x0a"'],
  ["a bare LF alone", "\n", 'Bare LF in the trailer: "\\x0a"'],
  ["a bare CR", "a\rb\r\n", 'Bare CR in the trailer: "a\\x0db"'],
  ["a CR before CRLF", "a\r\r\n", 'Bare CR in the trailer: "a\\x0d"'],
  ["a NUL", "a\0\r\n", 'NUL in the trailer: "a\\x00"'],
  ["an end in its middle", "a", "The input ended before the trailer did"],
  ["an end after its CR", "a\r", "The input ended before the trailer did"],
];

for (const [name, input, message] of BAD) {
  Deno.test(`line with ${name} is refused, however it is cut`, async () => {
    for (const pieces of everyWayToCut(binary(input))) {
      const lines = new LineReader(feed(pieces), 100, "trailer");
      await assertRejects(() => lines.next(), HttpError, message);
    }
  });
}

Deno.test("one limit is for all lines, their ends included", async () => {
  const lines = () => feed([binary("abc\r\n\r\nde\r\n")]);
  assertEquals(await readLines(new LineReader(lines(), 12, "header")), [
    "abc",
    "",
    "de",
  ]);
  for (const limit of [1, 4, 5, 6, 7, 10]) {
    await assertRejects(
      () => readLines(new LineReader(lines(), limit, "header")),
      HttpError,
      `The header is longer than ${limit} bytes`,
    );
  }
});

Deno.test("endedEarly names the part", () => {
  const error = new LineReader(feed([]), 1, "trailer section").endedEarly();
  assertEquals(
    error.message,
    "The input ended before the trailer section did",
  );
});
