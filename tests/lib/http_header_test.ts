import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ByteReader } from "../../lib/byte_reader.ts";
import { HttpError } from "../../lib/http_error.ts";
import {
  fieldValues,
  type HttpHeader,
  parseHeader,
  readHeader,
} from "../../lib/http_header.ts";

const OK = "HTTP/1.1 200 OK\r\n";

/** One byte a character, so that a case can hold any bytes. */
function bytes(binary: string): Uint8Array {
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

function feed(pieces: Uint8Array[]): ByteReader {
  let next = 0;
  let rest: Uint8Array = new Uint8Array();
  return new ByteReader({
    read(p) {
      if (rest.length === 0) {
        const piece = pieces[next++];
        if (piece === undefined) return Promise.resolve(null);
        rest = piece;
      }
      const n = Math.min(rest.length, p.length);
      p.set(rest.subarray(0, n));
      rest = rest.subarray(n);
      return Promise.resolve(n);
    },
  });
}

function everyWayToCut(whole: Uint8Array): Uint8Array[][] {
  const ways = [[whole], Array.from(whole, (byte) => Uint8Array.of(byte))];
  for (let i = 1; i < whole.length; i++) {
    ways.push([whole.subarray(0, i), whole.subarray(i)]);
  }
  return ways;
}

const GOOD: [name: string, input: string, header: Partial<HttpHeader>][] = [
  ["no fields", "HTTP/1.1 200 OK\r\n\r\n", {
    statusLine: "HTTP/1.1 200 OK",
    version: "1.1",
    status: 200,
    reason: "OK",
    fields: [],
  }],
  ["version 1.0", "HTTP/1.0 404 Not Found\r\n\r\n", {
    version: "1.0",
    status: 404,
    reason: "Not Found",
  }],
  ["an empty reason", "HTTP/1.1 200 \r\n\r\n", { status: 200, reason: "" }],
  ["no space after the status", "HTTP/1.1 200\r\n\r\n", {
    statusLine: "HTTP/1.1 200",
    reason: "",
  }],
  ["a status above 599", "HTTP/1.1 999 No\r\n\r\n", { status: 999 }],
  ["fields in their order and case", `${OK}B: 1\r\nA: 2\r\nb: 3\r\n\r\n`, {
    fields: [["B", "1"], ["A", "2"], ["b", "3"]],
  }],
  ["blanks around a value", `${OK}A:\t b c \t\r\nB:c\r\nC:\r\nD: \r\n\r\n`, {
    fields: [["A", "b c"], ["B", "c"], ["C", ""], ["D", ""]],
  }],
  ["colons in a value", `${OK}A: b:c\r\n\r\n`, { fields: [["A", "b:c"]] }],
  ["every token character", `${OK}!#$%&'*+-.^_\`|~09azAZ: 1\r\n\r\n`, {
    fields: [["!#$%&'*+-.^_`|~09azAZ", "1"]],
  }],
  ["UTF-8", `${OK}A: \xe4\xb8\xad\xe2\x80\x8b\r\nB: \xef\xbb\xbf\r\n\r\n`, {
    fields: [["A", "中\u200b"], ["B", "\ufeff"]],
  }],
  ["bytes that are not UTF-8", `${OK}A: caf\xe9\x80\r\nB: \xc2\xa0x\r\n\r\n`, {
    fields: [["A", "caf\xe9\x80"], ["B", "\u00a0x"]],
  }],
  ["a no-break space", `HTTP/1.1 200 \xa0\r\nA: \xa0\r\n\r\n`, {
    reason: "\xa0",
    fields: [["A", "\xa0"]],
  }],
  ["other controls", `${OK}A: \x1b[2J\x7f\r\n\r\n`, {
    fields: [["A", "\x1b[2J\x7f"]],
  }],
];

for (const [name, input, expected] of GOOD) {
  Deno.test(`header with ${name} is read, however it is cut`, async () => {
    const whole = parseHeader(bytes(input));
    assertEquals({ ...whole, ...expected }, whole);
    for (const pieces of everyWayToCut(bytes(input + "body"))) {
      const reader = feed(pieces);
      assertEquals(await readHeader(reader), whole);
      assertEquals(await reader.readUntil(bytes("y"), 9), bytes("body"));
    }
  });
}

// What both readHeader and parseHeader refuse, in the same words.
const BAD: [name: string, input: string, message: string][] = [
  [
    "a bare LF in the status line",
    "HTTP/1.1 200 OK\n\n",
    'Bare LF in the header: "HTTP/1.1 200 OK\\u{a}"',
  ],
  [
    "a bare LF among fields",
    `${OK}A: b\nC: d\r\n\r\n`,
    "Bare LF in the header",
  ],
  ["a bare LF at the end", `${OK}A: b\r\n\n`, "Bare LF in the header"],
  [
    "a bare CR in the status line",
    "HTTP/1.1 200 O\rK\r\n\r\n",
    "Bare CR in the header",
  ],
  [
    "a bare CR in a value",
    `${OK}A: b\rC: d\r\n\r\n`,
    'Bare CR in the header: "A: b\\u{d}C: d"',
  ],
  ["a CR before CRLF", `${OK}A: b\r\r\n\r\n`, "Bare CR in the header"],
  ["a NUL", `${OK}A: b\0\r\n\r\n`, 'NUL in the header: "A: b\\u{0}"'],
  ["a folded line", `${OK}A: b\r\n c\r\n\r\n`, 'Folded field line: " c"'],
  ["a folded line, by tab", `${OK}A: b\r\n\tc: d\r\n\r\n`, "Folded field line"],
  ["a blank before the first field", `${OK} A: b\r\n\r\n`, "Folded field line"],
  [
    "a blank before a colon",
    `${OK}A : b\r\n\r\n`,
    'Whitespace before the colon of a field: "A : b"',
  ],
  [
    "a tab before a colon",
    `${OK}A\t: b\r\n\r\n`,
    "Whitespace before the colon",
  ],
  ["no colon", `${OK}A b\r\n\r\n`, 'Field line without a colon: "A b"'],
  ["no field name", `${OK}: b\r\n\r\n`, 'Field line without a name: ": b"'],
  [
    "a field name of two words",
    `${OK}A B: c\r\n\r\n`,
    'Invalid field name: "A B"',
  ],
  [
    "a field name that is not ASCII",
    `${OK}\xc3\xa9: c\r\n\r\n`,
    'Invalid field name: "é"',
  ],
  ["brackets in a field name", `${OK}(A): c\r\n\r\n`, "Invalid field name"],
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

for (const [name, input, message] of BAD) {
  Deno.test(`header with ${name} is refused, however it is cut`, async () => {
    for (const pieces of everyWayToCut(bytes(input))) {
      await assertRejects(() => readHeader(feed(pieces)), HttpError, message);
    }
    // Whole, a header that is cut short before its first line is an end too.
    if (input.endsWith("\r\n\r\n")) {
      assertThrows(() => parseHeader(bytes(input)), HttpError, message);
    } else {
      assertThrows(() => parseHeader(bytes(input)), HttpError);
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

Deno.test("readHeader knows another protocol by its first line, without waiting for more", async () => {
  let reads = 0;
  const reader = new ByteReader({
    read(p) {
      if (++reads > 1) throw new Error("The server waits for us");
      p.set(bytes("220 mail ready\r\n"));
      return Promise.resolve(16);
    },
  });
  await assertRejects(() => readHeader(reader), HttpError, "220 mail ready");
});

Deno.test("readHeader skips interim responses, however they are cut", async () => {
  const input = "HTTP/1.1 100 Continue\r\n\r\n" +
    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
    "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n";
  for (const pieces of everyWayToCut(bytes(input))) {
    const header = await readHeader(feed(pieces));
    assertEquals(header.status, 204);
    assertEquals(header.fields, [["A", "b"]]);
  }
});

Deno.test("readHeader refuses an end after an interim response", async () => {
  await assertRejects(
    () => readHeader(feed([bytes("HTTP/1.1 100 Continue\r\n\r\n")])),
    HttpError,
    "The input ended after an interim response",
  );
});

Deno.test("readHeader counts endless interim responses against the limit", async () => {
  const interim = bytes("HTTP/1.1 100 Continue\r\n\r\n");
  const reader = new ByteReader({
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
    () => readHeader(feed([bytes("HTTP/1.1 101 Switching Protocols\r\n")])),
    HttpError,
    'Switched protocols unasked: "HTTP/1.1 101 Switching Protocols"',
  );
});

Deno.test("readHeader accepts a header of exactly its limit, and not a byte more", async () => {
  const frame = `${OK}A: \r\n\r\n`.length;
  for (const limit of [frame + 5, 65_536, 100_000]) {
    const header = bytes(`${OK}A: ${"x".repeat(limit - frame)}\r\n\r\n`);
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
  const reader = new ByteReader({
    read(p) {
      sent += p.fill(0x78).length;
      return Promise.resolve(p.length);
    },
  });
  await assertRejects(
    () => readHeader(reader),
    HttpError,
    "The header is longer than 65536 bytes",
  );
  assertEquals(sent, 65_536);
});

Deno.test("readHeader lets an error of the connection pass", async () => {
  const reader = new ByteReader({
    read: () => Promise.reject(new Deno.errors.ConnectionReset("reset")),
  });
  await assertRejects(() => readHeader(reader), Deno.errors.ConnectionReset);
});

Deno.test("parseHeader refuses bytes after the header, and no bytes", () => {
  assertThrows(
    () => parseHeader(bytes(`${OK}\r\nbody`)),
    HttpError,
    "Bytes follow the header",
  );
  assertThrows(
    () => parseHeader(bytes("")),
    HttpError,
    "The input ended before the header did",
  );
});

Deno.test("parseHeader takes time in proportion to a hostile header", () => {
  const hostile = `${OK}A: b${" ".repeat(60_000)}c${
    " \t".repeat(60_000)
  }\r\n\r\n`;
  assertEquals(parseHeader(bytes(hostile)).fields[0]?.[1].length, 60_002);
});

Deno.test("fieldValues finds every value, in any case", () => {
  const header = parseHeader(bytes(`${OK}Via: a\r\nX: y\r\nVIA: b\r\n\r\n`));
  assertEquals(fieldValues(header, "via"), ["a", "b"]);
  assertEquals(fieldValues(header, "Age"), []);
});

Deno.test("an HttpError shows what came, shortened and safe on a terminal", () => {
  const cases: [value: string, shown: string][] = [
    ["a\x1b]0;x\x07", '"a\\u{1b}]0;x\\u{7}"'],
    [
      "\x9b31m\u202e\u2066\u200b\u2028",
      '"\\u{9b}31m\\u{202e}\\u{2066}\\u{200b}\\u{2028}"',
    ],
    ['"\\', '"\\u{22}\\u{5c}"'],
    ["中é", '"中é"'],
    ["x".repeat(61), `"${"x".repeat(60)}…"`],
    ["x".repeat(59) + "😀", `"${"x".repeat(59)}\\u{d83d}…"`],
  ];
  for (const [value, shown] of cases) {
    assertEquals(new HttpError("Bad", value).message, `Bad: ${shown}`);
  }
  assertEquals(new HttpError("Bad").message, "Bad");
  assertEquals(String(new HttpError("Bad")), "HttpError: Bad");
});
