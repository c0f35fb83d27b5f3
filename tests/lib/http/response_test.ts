import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  HttpError,
  readResponse,
  requireSuccess,
} from "../../../lib/http/mod.ts";
import { openPair } from "../../support/loopback_connection.ts";
import { binary } from "../../support/bytes.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** What a source does after its last piece; a read beyond a response is an error. */
type AtEnd = () => Promise<null>;
const END: AtEnd = () => Promise.resolve(null);
const NO_MORE: AtEnd = () => Promise.reject(new Error("Read too far"));

/** A source of these pieces, at most one a read. */
function source(pieces: readonly Uint8Array[], after: AtEnd) {
  let next = 0;
  return {
    read(p: Uint8Array) {
      const piece = pieces[next++];
      if (piece === undefined) return after();
      p.set(piece);
      return Promise.resolve(piece.length);
    },
  };
}

/** A response with its body as text. */
async function receive(pieces: readonly Uint8Array[], after = NO_MORE) {
  const { body, ...header } = await readResponse(source(pieces, after));
  let text = "";
  for await (const part of body) {
    assert(part.length > 0, "A part is never empty");
    text += new TextDecoder().decode(part);
  }
  return { ...header, text };
}

/** The input whole, a byte at a time, and cut in two at each position. */
function everyWayToCut(text: string): Uint8Array[][] {
  const whole = binary(text);
  const ways = [[whole], Array.from(whole, (byte) => Uint8Array.of(byte))];
  for (let i = 1; i < whole.length; i++) {
    ways.push([whole.subarray(0, i), whole.subarray(i)]);
  }
  return ways;
}

/** Requires an error, however the input is cut. */
async function assertRefused(input: string, message: string): Promise<void> {
  for (const pieces of everyWayToCut(input)) {
    await assertRejects(() => receive(pieces, END), HttpError, message);
  }
}

const GOOD_STATUS_LINES: [line: string, status: number][] = [
  ["HTTP/1.1 200 OK", 200],
  ["HTTP/1.0 404 Not Found", 404],
  ["HTTP/1.1 200 ", 200], // The reason is optional, and some leave out its space.
  ["HTTP/1.1 200", 200],
  ["HTTP/1.1 999 No", 999],
  ["HTTP/1.1 200 a\u2028b", 200],
  ["HTTP/1.1 200 \xa0", 200], // Not UTF-8: taken as ISO 8859-1.
  ["HTTP/1.1 200 \x1b[2J\x7f", 200],
];

Deno.test("a status line is kept as it came, its status is a number", async () => {
  for (const [line, status] of GOOD_STATUS_LINES) {
    const bytes = line.replace("\u2028", "\xe2\x80\xa8");
    for (const pieces of everyWayToCut(`${bytes}\r\n\r\nbody`)) {
      const response = await receive(pieces, END);
      assertEquals(response, {
        statusLine: line,
        status,
        fields: [],
        text: "body",
      });
    }
  }
});

// Field lines with their line ends, and the fields that they stand for.
const GOOD_FIELDS: [lines: string, fields: string[]][] = [
  ["B: 1\r\nA: 2\r\nb: 3\r\n", ["B=1", "A=2", "b=3"]],
  ["A:\t b c \t\r\nB:c\r\nC:\r\nD: \r\n", ["A=b c", "B=c", "C=", "D="]],
  ["A: \xa0x\xa0 \r\n", ["A=\xa0x\xa0"]],
  ["A: b:c\r\n", ["A=b:c"]],
  ["!#$%&'*+-.^_`|~09azAZ: 1\r\n", ["!#$%&'*+-.^_`|~09azAZ=1"]],
  ["A: \xe4\xb8\xad\r\nB: \xe9\r\n", ["A=中", "B=é"]],
  ["A: \xef\xbb\xbfb\r\n", ["A=\ufeffb"]],
];

Deno.test("fields are read in their order and case", async () => {
  for (const [lines, expected] of GOOD_FIELDS) {
    for (const pieces of everyWayToCut(`${OK}${lines}\r\n`)) {
      const { fields } = await receive(pieces, END);
      assertEquals(fields.map((field) => field.join("=")), expected);
    }
  }
});

const NO_STATUS_LINE = "Not an HTTP status line";
const OTHER_VERSION = "Neither HTTP/1.0 nor HTTP/1.1";
const HEADER_ENDED = "The input ended before the header did";
const notStatus = (line: string): [string, string] => [
  `${line}\r\n\r\n`,
  NO_STATUS_LINE,
];
const BAD_HEADERS: [input: string, message: string][] = [
  ["", "Nothing was received"],
  ["HTTP/2 200\r\n\r\n", `${OTHER_VERSION}: "HTTP/2 200"`],
  ["HTTP/1.2 200 OK\r\n\r\n", OTHER_VERSION],
  ["HTTP/1.10 200 OK\r\n\r\n", OTHER_VERSION],
  ["ICY 200 OK\r\n\r\n", `${NO_STATUS_LINE}: "ICY 200 OK"`],
  ["\r\n", `${NO_STATUS_LINE}: ""`],
  ...["http/1.1 200 OK", "HTTP/1.1 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK"]
    .map(notStatus),
  ...["HTTP/1.1 +20 OK", "HTTP/1.1\t200\tOK", " HTTP/1.1 200 OK"].map(
    notStatus,
  ),
  ["HTTP/1.1 200 OK\n\n", 'Bare LF in the header: "HTTP/1.1 200 OK\\x0a"'],
  [
    "HTTP/1.1 200 O\rK\r\n\r\n",
    'Bare CR in the header: "HTTP/1.1 200 O\\x0dK"',
  ],
  ["HTTP/1.1 101 Up\r\n", 'Switched protocols unasked: "HTTP/1.1 101 Up"'],
  ["HTTP/1.1 100 Go\r\n\r\n", "The input ended after an interim response"],
  ...["", "\r", "A: b", "A: b\r\nC: d\r\n"]
    .map((rest): [string, string] => [OK + rest, HEADER_ENDED]),
];

const BAD_FIELDS: [lines: string, message: string][] = [
  ...[" A: b", "\tc", "  "].map((line): [string, string] => [
    `A: b\r\n${line}\r\n`,
    "Field line that begins with a blank",
  ]),
  ["A : b\r\n", 'Whitespace before the colon of a field: "A : b"'],
  ["A b\r\n", 'Field line without a colon: "A b"'],
  [": b\r\n", 'Field line without a name: ": b"'],
  ["A B: c\r\n", 'Invalid field name: "A B"'],
  ["\xc3\xa9: c\r\n", 'Invalid field name: "é"'],
  ["\xef\xbb\xbfA: b\r\n", 'Invalid field name: "\\u{feff}A"'],
  ["A: b\nC: d\r\n", "Bare LF in the header"],
  ["A: b\r\n\n", "Bare LF in the header"],
  ["A: b\r\r\n", 'Bare CR in the header: "A: b\\x0d"'],
  ["A: b\0\r\n", 'NUL in the header: "A: b\\x00"'],
];

Deno.test("a header that RFC 9112 forbids is refused, however it is cut", async () => {
  for (const [input, message] of BAD_HEADERS) {
    await assertRefused(input, message);
  }
  for (const [lines, message] of BAD_FIELDS) {
    await assertRefused(`${OK}${lines}\r\n`, message);
  }
  // By its first line, without another read.
  const mail = receive([binary("220 mail ready\r\n")]);
  await assertRejects(() => mail, HttpError, "220 mail ready");
});

Deno.test("interim responses are skipped, and count against the limit", async () => {
  const interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  const input = `HTTP/1.1 100 Continue\r\n\r\n${interim}` +
    "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n";
  for (const pieces of everyWayToCut(input)) {
    const { status, fields } = await receive(pieces);
    assertEquals([status, fields], [204, [["A", "b"]]]);
  }
  await assertRejects(
    () => receive(Array(65_536 / interim.length + 1 | 0).fill(binary(interim))),
    HttpError,
    "The header is longer than 65536 bytes",
  );
});

Deno.test("a header may have 64 KiB, and no byte more", async () => {
  const frame = `${OK}A: \r\n\r\n`.length;
  const header = (length: number) =>
    binary(`${OK}A: ${"x".repeat(length - frame)}\r\n\r\n`);
  assertEquals((await receive([header(65_536)], END)).status, 200);
  await assertRejects(
    () => receive([header(65_537)], END),
    HttpError,
    "The header is longer than 65536 bytes",
  );
  const bytes = Array.from(header(65_536), (byte) => Uint8Array.of(byte));
  assertEquals((await receive(bytes, END)).status, 200);
  // A line without an end: nothing is read beyond the limit.
  const pieces = Array(64).fill(binary("x".repeat(1_024)));
  await assertRejects(() => receive(pieces), HttpError, "longer than 65536");
});

// Fields, the body as it is sent, and what it is. It ends there, whatever follows.
const hello = "5\r\nhello\r\n0\r\n\r\n";
const body = (...row: [fields: string, sent: string, body: string]) => row;
const BODIES: ReturnType<typeof body>[] = [
  ["Content-Length: 0", "", ""],
  ["Content-Length: 5", "hello", "hello"],
  ["content-length: 005", "hello", "hello"],
  ["Content-Length: 5,\t05 ,5", "hello", "hello"],
  ["Content-Length: 5\r\nCONTENT-LENGTH: 5", "hello", "hello"],
  // Empty list elements do not count (RFC 9110, 5.6.1.2).
  ..."5,|,5|5,,5| , 5 ,\t, 05,|5\r\nContent-Length:".split("|")
    .map((value) => body(`Content-Length: ${value}`, "hello", "hello")),
  ..."CHUNKED|chunked,|, Chunked|,\t,chunked ,,".split("|")
    .map((value) => body(`transfer-encoding: ${value}`, hello, "hello")),
  ...[
    ["0\r\n\r\n", ""],
    [
      "1\r\nh\r\n3\r\nell\r\n0001\r\no\r\nA\r\n0123456789\r\n000\r\n\r\n",
      "hello0123456789",
    ],
    ['2;a=b\r\nhi\r\n1 ;c="d;e"\r\n!\r\n0;\r\n\r\n', "hi!"],
    ["2;a\xe2\x80\xa8b\r\nhi\r\n0\r\n\r\n", "hi"],
    ["2     \r\nhi\r\n1\t \r\n!\r\n0 \r\n\r\n", "hi!"],
    ["6\r\n\r\n0\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"],
    ["2\r\nhi\r\n0\r\nA: b\r\nC: d\r\n\r\n", "hi"],
  ].map(([sent = "", text = ""]) =>
    body("Transfer-Encoding: chunked", sent, text)
  ),
];

Deno.test("a body is received to its end and no further, however it is cut", async () => {
  for (const [fields, sent, body] of BODIES) {
    for (const pieces of everyWayToCut(`${OK}${fields}\r\n\r\n${sent}`)) {
      assertEquals((await receive(pieces)).text, body, fields);
    }
    // Bytes that follow in the same read are not part of it.
    const more = binary(`${OK}${fields}\r\n\r\n${sent}HTTP/1.1 200`);
    assertEquals((await receive([more])).text, body, fields);
  }
});

Deno.test("responses without a body end at once, those without a length with the input", async () => {
  for (const status of [204, 304]) {
    for (
      const fields of ["Content-Length: 5\r\n", "Transfer-Encoding: x\r\n", ""]
    ) {
      const bytes = binary(`HTTP/1.1 ${status}\r\n${fields}\r\nnext`);
      assertEquals((await receive([bytes])).text, "");
    }
  }
  const old = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n";
  for (const header of [`${OK}\r\n`, old]) {
    for (const body of ["", "0\r\n\r\nhello"]) {
      for (const pieces of everyWayToCut(header + body)) {
        assertEquals((await receive(pieces, END)).text, body);
      }
    }
  }
});

const BESIDE = "Content-Length beside Transfer-Encoding";
const CODING = "Unsupported Transfer-Encoding";
const LENGTH = "Invalid Content-Length";
const BAD_FRAMINGS: [fields: string, message: string][] = [
  ["Content-Length: 5\r\nTransfer-Encoding: chunked", BESIDE],
  ["Transfer-Encoding: chunked\r\nContent-Length: x", BESIDE],
  ["Content-Length: 5\r\nTransfer-Encoding:", BESIDE],
  ["Transfer-Encoding: gzip, chunked", `${CODING}: "gzip, chunked"`],
  ["Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", CODING],
  ["Transfer-Encoding:", `${CODING}: ""`],
  ..."identity|xchunked|chunked;q=1|\vchunked|,|chunked,,x|chunked\xa0"
    .split("|")
    .map((value): [string, string] => [`Transfer-Encoding: ${value}`, CODING]),
  ["Content-Length: 5, 6", 'Content-Lengths differ: "5, 6"'],
  ["Content-Length: 5\r\nContent-Length: 6", 'Content-Lengths differ: "5, 6"'],
  ["Content-Length: 9007199254740992", `${LENGTH}: "9007199254740992"`],
  ...["", "9".repeat(400)].concat(
    "+5|-5|0x5|5 5|5.0|5e1|five|,|5;|\xd9\xa5|5\xa0|\v5".split("|"),
  ).map((value): [string, string] => [`Content-Length: ${value}`, LENGTH]),
];

Deno.test("a header that two recipients could read in two ways is refused before its body", async () => {
  for (const [fields, message] of BAD_FRAMINGS) {
    const header = binary(`${OK}${fields}\r\n\r\n`);
    await assertRejects(
      () => readResponse(source([header], NO_MORE)),
      HttpError,
      message,
    );
  }
  await assertRefused(
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    'Transfer-Encoding in an HTTP/1.0 response: "chunked"',
  );
});

const SIZE = "Invalid chunk size";
const LONGER = "A chunk is longer than its size says";
const BAD_CHUNKS: [sent: string, message: string][] = [
  ["\r\n", `${SIZE}: ""`],
  [";a\r\n", SIZE],
  ["0x5\r\nhello\r\n", `${SIZE}: "0x5"`],
  ...["+5", "-5", "5g", " 5", "5\v", "5  h", "5 5", "f".repeat(400)]
    .map((size): [string, string] => [`${size}\r\nhello\r\n`, SIZE]),
  ["20000000000000\r\n", `${SIZE}: "20000000000000"`],
  ["5\nhello\r\n", "Bare LF in the chunk size"],
  ["5;\r;\r\nhello", "Bare CR in the chunk size"],
  ["5;\0\r\nhello", "NUL in the chunk size"],
  ["5\r\nhello!\r\n0\r\n\r\n", LONGER],
  ["5\r\nhello\n0\r\n\r\n", LONGER],
  ["5\r\nhello\r0\r\n\r\n", LONGER],
  ["5\r\nhello\n\n0\r\n\r\n", LONGER],
  ["5\r\nhello0\r\n\r\n", LONGER],
  ["0\r\nA\r\n\r\n", 'Field line without a colon: "A"'],
  ["0\r\n A: b\r\n\r\n", "Field line that begins with a blank"],
  ["0\r\n\n", "Bare LF in the trailer section"],
];

Deno.test("malformed chunks are refused, however they are cut", async () => {
  for (const [sent, message] of BAD_CHUNKS) {
    await assertRefused(CHUNKED + sent, message);
  }
});

Deno.test("a body that ends early is refused wherever it ends", async () => {
  for (let end = 0; end < 5; end++) {
    await assertRefused(
      `${OK}Content-Length: 5\r\n\r\n${"hello".slice(0, end)}`,
      `The body ended after ${end} of 5 bytes`,
    );
  }
  const sent = "5;a\r\nhello\r\n0\r\nA: b\r\n\r\n";
  const messages: [from: number, message: string][] = [
    [0, "The input ended before the last chunk"],
    [1, "The input ended before the chunk size did"],
    [5, "The chunk ended after "],
    [10, "The input ended before the last chunk"],
    [13, "The input ended before the chunk size did"],
    [15, "The input ended before the trailer section did"],
  ];
  for (let end = 0; end < sent.length; end++) {
    const [, message = ""] = messages.findLast(([from]) => from <= end) ?? [];
    await assertRefused(CHUNKED + sent.slice(0, end), message);
  }
});

Deno.test("a chunk's size line and the trailers have their limits", async () => {
  const size = (length: number) =>
    `2;${"x".repeat(length - 4)}\r\nhi\r\n0\r\n\r\n`;
  const trailer = (length: number) =>
    `0\r\nA: ${"x".repeat(length - 7)}\r\n\r\n`;
  for (
    const [sent, limit, part] of [
      [size, 4_096, "chunk size"],
      [trailer, 65_536, "trailer section"],
    ] as const
  ) {
    await receive([binary(CHUNKED + sent(limit))]);
    await assertRejects(
      () => receive([binary(CHUNKED + sent(limit + 1))]),
      HttpError,
      `The ${part} is longer than ${limit} bytes`,
    );
  }
});

Deno.test("an error of the connection passes through, wherever it comes", async () => {
  const reset = () => Promise.reject(new Deno.errors.ConnectionReset("reset"));
  const response = `${CHUNKED}5\r\nhello\r\n0\r\nA: b\r\n\r\n`;
  for (let end = 0; end < response.length; end++) {
    const pieces = end === 0 ? [] : [binary(response.slice(0, end))];
    await assertRejects(
      () => receive(pieces, reset),
      Deno.errors.ConnectionReset,
    );
  }
});

Deno.test("readResponse returns before the body has arrived, from a Deno.Conn too", async () => {
  using pair = await openPair();
  await pair.peers.write(binary(`${OK}Content-Length: 4\r\n\r\n`));
  const { status, body } = await readResponse(pair.ours);
  assertEquals(status, 200);
  await pair.peers.write(binary("none"));
  assertEquals((await body.next()).value, binary("none"));
});

Deno.test("requireSuccess takes a status of 200 to 299, and names any other", () => {
  const fields = [["LOCATION", "/b\x1b"], ["A", "b"]] as const;
  for (const status of [200, 204, 299]) {
    requireSuccess({ status, statusLine: "", fields });
  }
  for (const status of [300, 404, 500]) {
    assertThrows(
      () =>
        requireSuccess({ status, statusLine: `HTTP/1.1 ${status}`, fields }),
      HttpError,
      `The server did not send the page: "HTTP/1.1 ${status}", ` +
        'location "/b\\x1b"',
    );
  }
});
