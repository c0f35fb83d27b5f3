import { assertEquals, assertRejects } from "@std/assert";
import { HttpError } from "../../../lib/http/response.ts";
import { readFields } from "../../../lib/http/response.ts";
import { LineReader } from "../../../lib/http/_lines.ts";
import { bytes, everyWayToCut, feed } from "../../support/pieces.ts";

const LIMIT = 1_000_000;

const GOOD: [name: string, input: string, fields: [string, string][]][] = [
  ["none", "\r\n", []],
  ["the same name twice", "B: 1\r\nA: 2\r\nb: 3\r\n\r\n", [
    ["B", "1"],
    ["A", "2"],
    ["b", "3"],
  ]],
  ["blanks around a value", "A:\t b c \t\r\nB:c\r\nC:\r\nD: \r\n\r\n", [
    ["A", "b c"],
    ["B", "c"],
    ["C", ""],
    ["D", ""],
  ]],
  ["no-break spaces around a value", "A: \xa0x\xa0 \r\n\r\n", [
    ["A", "\u00a0x\u00a0"],
  ]],
  ["colons in a value", "A: b:c\r\n\r\n", [["A", "b:c"]]],
  ["every token character", "!#$%&'*+-.^_`|~09azAZ: 1\r\n\r\n", [
    ["!#$%&'*+-.^_`|~09azAZ", "1"],
  ]],
  ["a value that is not ASCII", "A: \xe4\xb8\xad\r\n\r\n", [["A", "中"]]],
];

for (const [name, input, expected] of GOOD) {
  Deno.test(`fields with ${name} are read up to the empty line`, async () => {
    for (const pieces of everyWayToCut(bytes(input + "next"))) {
      const reader = feed(pieces);
      const lines = new LineReader(reader, LIMIT, "header");
      assertEquals(await readFields(lines), expected);
      assertEquals(await reader.readUntil(bytes("t"), 9), bytes("next"));
    }
  });
}

const BAD: [name: string, input: string, message: string][] = [
  ["a folded line", "A: b\r\n c\r\n\r\n", 'Folded field line: " c"'],
  ["a folded line, by tab", "A: b\r\n\tc: d\r\n\r\n", "Folded field line"],
  ["a blank before the first", " A: b\r\n\r\n", "Folded field line"],
  [
    "a blank before a colon",
    "A : b\r\n\r\n",
    'Whitespace before the colon of a field: "A : b"',
  ],
  ["a tab before a colon", "A\t: b\r\n\r\n", "Whitespace before the colon"],
  ["no colon", "A b\r\n\r\n", 'Field line without a colon: "A b"'],
  ["no name", ": b\r\n\r\n", 'Field line without a name: ": b"'],
  ["a name of two words", "A B: c\r\n\r\n", 'Invalid field name: "A B"'],
  ["a name that is not ASCII", "\xc3\xa9: c\r\n\r\n", 'field name: "é"'],
  ["brackets in a name", "(A): c\r\n\r\n", "Invalid field name"],
  ["a bare LF", "A: b\nC: d\r\n\r\n", "Bare LF in the header"],
  ["a bare LF for the empty line", "A: b\r\n\n", "Bare LF in the header"],
  ["no empty line", "A: b\r\n", "The input ended before the header did"],
];

for (const [name, input, message] of BAD) {
  Deno.test(`fields with ${name} are refused`, async () => {
    for (const pieces of everyWayToCut(bytes(input))) {
      const lines = new LineReader(feed(pieces), LIMIT, "header");
      await assertRejects(() => readFields(lines), HttpError, message);
    }
  });
}

Deno.test("fields take time in proportion to their length, blanks too", async () => {
  const value = `b${" ".repeat(60_000)}c`;
  const hostile = `A: ${value}${" \t".repeat(60_000)}\r\n\r\n`;
  const lines = new LineReader(feed([bytes(hostile)]), LIMIT, "header");
  assertEquals(await readFields(lines), [["A", value]]);
});
