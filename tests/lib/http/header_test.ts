import { assertEquals, assertRejects } from "@std/assert";
import { HttpError } from "../../../lib/http/error.ts";
import {
  fieldValue,
  type HttpHeader,
  listElements,
  readFields,
  readHeader,
} from "../../../lib/http/_header.ts";
import { LineReader } from "../../../lib/http/_lines.ts";
import { BufferedReader } from "../../../lib/io/mod.ts";
import { everyWayToCut, feed } from "../../support/pieces.ts";
import { binary } from "../../support/wire.ts";

const OK = "HTTP/1.1 200 OK\r\n";

const GOOD_HEADERS: [
  name: string,
  input: string,
  header: Partial<HttpHeader>,
][] = [
  ["no fields", "HTTP/1.1 200 OK\r\n\r\n", {
    statusLine: "HTTP/1.1 200 OK",
    version: "1.1",
    status: 200,
    fields: [],
  }],
  ["version 1.0", "HTTP/1.0 404 Not Found\r\n\r\n", {
    version: "1.0",
    status: 404,
    statusLine: "HTTP/1.0 404 Not Found",
  }],
  ["an empty reason", "HTTP/1.1 200 \r\n\r\n", {
    status: 200,
    statusLine: "HTTP/1.1 200 ",
  }],
  ["no space after the status", "HTTP/1.1 200\r\n\r\n", {
    status: 200,
    statusLine: "HTTP/1.1 200",
  }],
  ["a status above 599", "HTTP/1.1 999 No\r\n\r\n", { status: 999 }],
  ["a reason with a line separator", "HTTP/1.1 200 a\xe2\x80\xa8b\r\n\r\n", {
    statusLine: "HTTP/1.1 200 a\u2028b",
  }],
  ["a reason that is not ASCII", "HTTP/1.1 200 \xa0\r\n\r\n", {
    statusLine: "HTTP/1.1 200 \xa0",
  }],
  ["fields in their order and case", `${OK}B: 1\r\nA: 2\r\nb: 3\r\n\r\n`, {
    fields: [["B", "1"], ["A", "2"], ["b", "3"]],
  }],
];

for (const [name, input, expected] of GOOD_HEADERS) {
  Deno.test(`header with ${name} is read, however it is cut`, async () => {
    for (const pieces of everyWayToCut(binary(input + "body\n"))) {
      const reader = feed(pieces);
      const header = await readHeader(reader);
      assertEquals({ ...header, ...expected }, header);
      assertEquals(await reader.readLine(9), binary("body\n"));
    }
  });
}

const BAD_HEADERS: [name: string, input: string, message: string][] = [
  [
    "a bare LF in the status line",
    "HTTP/1.1 200 OK\n\n",
    'Bare LF in the header: "HTTP/1.1 200 OK\\x0a"',
  ],
  [
    "a bare CR in the status line",
    "HTTP/1.1 200 O\rK\r\n\r\n",
    "Bare CR in the header",
  ],
  [
    "a blank before the first field",
    `${OK} A: b\r\n\r\n`,
    "Whitespace before the first field",
  ],
  [
    "HTTP/2 as text",
    "HTTP/2 200\r\n\r\n",
    'Neither HTTP/1.0 nor HTTP/1.1: "HTTP/2 200"',
  ],
  ["HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n", "Neither HTTP/1.0 nor HTTP/1.1"],
  ["HTTP/0.9", "HTTP/0.9 200 OK\r\n\r\n", "Neither HTTP/1.0 nor HTTP/1.1"],
  ["HTTP/1.10", "HTTP/1.10 200 OK\r\n\r\n", "Neither HTTP/1.0 nor HTTP/1.1"],
  ["ICY", "ICY 200 OK\r\n\r\n", 'Not an HTTP status line: "ICY 200 OK"'],
  ["SSH", "SSH-2.0-OpenSSH_9.9\r\n", "Not an HTTP status line"],
  ["an empty status line", "\r\n", 'Not an HTTP status line: ""'],
  ["a lower-case name", "http/1.1 200 OK\r\n\r\n", "Not an HTTP status line"],
  ["a version alone", "HTTP/1.1\r\n\r\n", "Not an HTTP status line"],
  ["no status", "HTTP/1.1 OK\r\n\r\n", "Not an HTTP status line"],
  [
    "a status of two digits",
    "HTTP/1.1 20 OK\r\n\r\n",
    "Not an HTTP status line",
  ],
  [
    "a status of four digits",
    "HTTP/1.1 2000 OK\r\n\r\n",
    "Not an HTTP status line",
  ],
  ["a status below 100", "HTTP/1.1 099 OK\r\n\r\n", "Not an HTTP status line"],
  [
    "a status with a sign",
    "HTTP/1.1 +20 OK\r\n\r\n",
    "Not an HTTP status line",
  ],
  ["two spaces", "HTTP/1.1  200 OK\r\n\r\n", "Not an HTTP status line"],
  ["a tab for a space", "HTTP/1.1\t200\tOK\r\n\r\n", "Not an HTTP status line"],
  ["a space in front", " HTTP/1.1 200 OK\r\n\r\n", "Not an HTTP status line"],
  ["an end after the status line", OK, "The input ended before the header did"],
  ["an end in a field", `${OK}A: b`, "The input ended before the header did"],
  [
    "an end between CR and LF",
    `${OK}\r`,
    "The input ended before the header did",
  ],
];

for (const [name, input, message] of BAD_HEADERS) {
  Deno.test(`header with ${name} is refused, however it is cut`, async () => {
    for (const pieces of everyWayToCut(binary(input))) {
      await assertRejects(() => readHeader(feed(pieces)), HttpError, message);
    }
  });
}

Deno.test("readHeader says that nothing was received", async () => {
  await assertRejects(
    () => readHeader(feed([])),
    HttpError,
    "Nothing was received",
  );
});

Deno.test("readHeader recognises another protocol by its first line, without another read", async () => {
  let reads = 0;
  const reader = new BufferedReader({
    read(p) {
      if (++reads > 1) throw new Error("A second read");
      p.set(binary("220 mail ready\r\n"));
      return Promise.resolve(16);
    },
  });
  await assertRejects(() => readHeader(reader), HttpError, "220 mail ready");
});

Deno.test("readHeader skips interim responses, however they are cut", async () => {
  const input = "HTTP/1.1 100 Continue\r\n\r\n" +
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
    "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n";
  for (const pieces of everyWayToCut(binary(input))) {
    const header = await readHeader(feed(pieces));
    assertEquals(header.status, 204);
    assertEquals(header.fields, [["A", "b"]]);
  }
});

Deno.test("readHeader refuses an end after an interim response", async () => {
  await assertRejects(
    () => readHeader(feed([binary("HTTP/1.1 100 Continue\r\n\r\n")])),
    HttpError,
    "The input ended after an interim response",
  );
});

Deno.test("readHeader counts endless interim responses against the limit", async () => {
  const interim = binary("HTTP/1.1 100 Continue\r\n\r\n");
  const reader = new BufferedReader({
    read: (p) => Promise.resolve((p.set(interim), interim.length)),
  }, interim.length);
  await assertRejects(
    () => readHeader(reader),
    HttpError,
    "The header is longer than 65536 bytes",
  );
});

Deno.test("readHeader refuses to switch protocols", async () => {
  await assertRejects(
    () => readHeader(feed([binary("HTTP/1.1 101 Switching Protocols\r\n")])),
    HttpError,
    'Switched protocols unasked: "HTTP/1.1 101 Switching Protocols"',
  );
});

Deno.test("readHeader accepts a header of exactly its limit, and not a byte more", async () => {
  const frame = `${OK}A: \r\n\r\n`.length;
  for (const limit of [frame + 5, 65_536, 100_000]) {
    const header = binary(`${OK}A: ${"x".repeat(limit - frame)}\r\n\r\n`);
    for (
      const pieces of [
        [header],
        everyWayToCut(header.subarray(0, limit))[1] ?? [],
      ]
    ) {
      const { fields } = await readHeader(feed(pieces), limit);
      assertEquals(fields[0]?.[1].length, limit - frame);
      await assertRejects(
        () => readHeader(feed(pieces), limit - 1),
        HttpError,
        `The header is longer than ${limit - 1} bytes`,
      );
    }
  }
});

Deno.test("readHeader stops at 64 KiB of a line without an end", async () => {
  let sent = 0;
  const reader = new BufferedReader({
    read(p) {
      // A piece at a time: what is read too far would count here as well.
      const { length } = p.subarray(0, 1_024).fill(0x78);
      sent += length;
      return Promise.resolve(length);
    },
  });
  await assertRejects(
    () => readHeader(reader),
    HttpError,
    "The header is longer than 65536 bytes",
  );
  assertEquals(sent, 65_536);
});

Deno.test("readHeader throws an error of the connection", async () => {
  const reader = new BufferedReader({
    read: () => Promise.reject(new Deno.errors.ConnectionReset("reset")),
  });
  await assertRejects(() => readHeader(reader), Deno.errors.ConnectionReset);
});

Deno.test("fieldValue finds every value of a name, in any case", async () => {
  const input = `${OK}Via: a\r\nX: y\r\nVIA: b\r\n\r\n`;
  const header = await readHeader(feed([binary(input)]));
  assertEquals(fieldValue(header.fields, "via"), "a, b");
  assertEquals(fieldValue(header.fields, "X"), "y");
  assertEquals(fieldValue(header.fields, "Age"), null);
});

const LIMIT = 1_000_000;

const GOOD_FIELDS: [name: string, input: string, fields: [string, string][]][] =
  [
    ["no line", "\r\n", []],
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
    ["a folded value", "A: b\r\n c\r\nD: e\r\n\r\n", [
      ["A", "b c"],
      ["D", "e"],
    ]],
    ["a value folded twice", "A: b\r\n c\r\n\td\r\n\r\n", [["A", "b c d"]]],
    ["blanks around a fold", "A: b \t\r\n\t  c: d\t\r\n\r\n", [[
      "A",
      "b c: d",
    ]]],
    ["a value that begins with a fold", "A:\r\n b\r\nC: \r\n d\r\n\r\n", [
      ["A", "b"],
      ["C", "d"],
    ]],
    ["the name of a folded one again", "A: b\r\n c\r\nA: d\r\n\r\n", [
      ["A", "b c"],
      ["A", "d"],
    ]],
    ["colons in a value", "A: b:c\r\n\r\n", [["A", "b:c"]]],
    ["every token character", "!#$%&'*+-.^_`|~09azAZ: 1\r\n\r\n", [
      ["!#$%&'*+-.^_`|~09azAZ", "1"],
    ]],
    ["a value that is not ASCII", "A: \xe4\xb8\xad\r\n\r\n", [["A", "中"]]],
  ];

for (const [name, input, expected] of GOOD_FIELDS) {
  Deno.test(`fields with ${name} are read up to the empty line`, async () => {
    for (const pieces of everyWayToCut(binary(input + "next\n"))) {
      const reader = feed(pieces);
      const lines = new LineReader(reader, LIMIT, "header");
      assertEquals(await readFields(lines), expected);
      assertEquals(await reader.readLine(9), binary("next\n"));
    }
  });
}

const BAD_FIELDS: [name: string, input: string, message: string][] = [
  [
    "a blank before the first",
    " A: b\r\n\r\n",
    'Whitespace before the first field: " A: b"',
  ],
  ["a tab before the first", "\tb\r\n\r\n", "Whitespace before the first"],
  [
    "a folded line of blanks",
    "A: b\r\n \t\r\nC: d\r\n\r\n",
    'Folded line without a value: " \\x09"',
  ],
  ["a folded line of one blank", "A: b\r\n \r\n\r\n", "Folded line without"],
  ["a bare LF before a fold", "A: b\n c\r\n\r\n", "Bare LF in the header"],
  ["a bare LF after a fold", "A: b\r\n c\n\r\n", "Bare LF in the header"],
  ["a bare CR for a fold", "A: b\r c\r\n\r\n", "Bare CR in the header"],
  ["an end in a fold", "A: b\r\n c", "The input ended before the header did"],
  ["an end after a fold", "A: b\r\n c\r\n", "The input ended before"],
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

for (const [name, input, message] of BAD_FIELDS) {
  Deno.test(`fields with ${name} are refused`, async () => {
    for (const pieces of everyWayToCut(binary(input))) {
      const lines = new LineReader(feed(pieces), LIMIT, "header");
      await assertRejects(() => readFields(lines), HttpError, message);
    }
  });
}

Deno.test("folded lines count against the limit", async () => {
  const input = `A: b\r\n${" c\r\n".repeat(1_000)}\r\n`;
  const value = `b${" c".repeat(1_000)}`;
  for (
    const pieces of [
      [binary(input)],
      [...binary(input)].map((b) => Uint8Array.of(b)),
    ]
  ) {
    const read = (limit: number) =>
      readFields(new LineReader(feed(pieces), limit, "header"));
    assertEquals(await read(input.length), [["A", value]]);
    await assertRejects(
      () => read(input.length - 1),
      HttpError,
      `The header is longer than ${input.length - 1} bytes`,
    );
  }
});

Deno.test("an empty value is not the same as no field", () => {
  assertEquals(fieldValue([["A", ""]], "a"), "");
  assertEquals(fieldValue([["A", ""], ["a", "b"]], "A"), ", b");
});

Deno.test("listElements removes blanks and empty elements", () => {
  const lists: [value: string, elements: string[]][] = [
    ["", []],
    [" ,\t,", []],
    ["a", ["a"]],
    ["a,", ["a"]],
    [", a ,\tb,, c", ["a", "b", "c"]],
    ["a b;c=d", ["a b;c=d"]],
    ["\u00a0", ["\u00a0"]],
    ["\v,", ["\v"]],
  ];
  for (const [value, elements] of lists) {
    assertEquals(listElements(value), elements, JSON.stringify(value));
  }
});

Deno.test("fields take time in proportion to their length, blanks too", async () => {
  const value = `b${" ".repeat(60_000)}c`;
  const hostile = `A: ${value}${" \t".repeat(60_000)}\r\n\r\n`;
  const lines = new LineReader(feed([binary(hostile)]), LIMIT, "header");
  assertEquals(await readFields(lines), [["A", value]]);

  const folds = `A: b\r\n${" \tc \r\n".repeat(100_000)}\r\n`;
  const folded = new LineReader(feed([binary(folds)]), LIMIT, "header");
  const [field] = await readFields(folded);
  assertEquals(field?.[1].length, 200_001);
});
