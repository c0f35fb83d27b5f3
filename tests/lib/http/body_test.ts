import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { BufferedReader } from "../../../lib/io/mod.ts";
import {
  type BodyFraming,
  bodyFraming,
  readBody,
} from "../../../lib/http/_body.ts";
import { HttpError } from "../../../lib/http/error.ts";
import { type HttpHeader, readHeader } from "../../../lib/http/_header.ts";
import { everyWayToCut, feed } from "../../support/pieces.ts";

const CHUNKED = await header("Transfer-Encoding: chunked");

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function header(
  fields: string,
  start = "HTTP/1.1 200 OK",
): Promise<HttpHeader> {
  const lines = fields === "" ? "" : `${fields}\r\n`;
  return readHeader(feed([bytes(`${start}\r\n${lines}\r\n`)]));
}

async function bodyText(
  head: HttpHeader,
  reader: BufferedReader,
): Promise<string> {
  let text = "";
  for await (const part of readBody(head, reader)) {
    assert(part.length > 0, "A part is never empty");
    text += new TextDecoder().decode(part);
  }
  return text;
}

const FRAMINGS: [fields: string, framing: BodyFraming][] = [
  ["", { kind: "close" }],
  ["Content-Length: 0", { kind: "length", length: 0 }],
  ["Content-Length: 5", { kind: "length", length: 5 }],
  ["content-length: 005", { kind: "length", length: 5 }],
  ["Content-Length: 5, 5", { kind: "length", length: 5 }],
  ["Content-Length: 5,\t05 ,5", { kind: "length", length: 5 }],
  ["Content-Length: 5\r\nCONTENT-LENGTH: 5", { kind: "length", length: 5 }],
  ["Content-Length: 9007199254740991", {
    kind: "length",
    length: Number.MAX_SAFE_INTEGER,
  }],
  ["Transfer-Encoding: chunked", { kind: "chunked" }],
  ["transfer-encoding: CHUNKED", { kind: "chunked" }],
  // Empty list elements do not count (RFC 9110, 5.6.1.2).
  ...["5,", ",5", "5,,5", " , 5 ,\t, 05,", "5\r\nContent-Length:"]
    .map((value): [string, BodyFraming] => [
      `Content-Length: ${value}`,
      { kind: "length", length: 5 },
    ]),
  ...[
    "chunked,",
    ", Chunked",
    ",\t,chunked ,,",
    "chunked\r\nTransfer-Encoding:",
  ]
    .map((value): [string, BodyFraming] => [
      `Transfer-Encoding: ${value}`,
      { kind: "chunked" },
    ]),
  ["Transfer-Encoding:\r\n chunked", { kind: "chunked" }],
  ["Content-Length:\r\n\t5", { kind: "length", length: 5 }],
];

for (const [fields, framing] of FRAMINGS) {
  Deno.test(`body framing of ${JSON.stringify(fields)} is ${framing.kind}`, async () => {
    assertEquals(bodyFraming(await header(fields)), framing);
  });
}

const CONTRADICTIONS: [fields: string, message: string][] = [
  [
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Content-Length beside Transfer-Encoding",
  ],
  [
    "Transfer-Encoding: chunked\r\nContent-Length: x",
    "Content-Length beside Transfer-Encoding",
  ],
  [
    "Content-Length: 5\r\nTransfer-Encoding:",
    "Content-Length beside Transfer-Encoding",
  ],
  [
    "Transfer-Encoding: gzip, chunked",
    'Unsupported Transfer-Encoding: "gzip, chunked"',
  ],
  [
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    'Unsupported Transfer-Encoding: "chunked, chunked"',
  ],
  ["Transfer-Encoding: identity", "Unsupported Transfer-Encoding"],
  ["Transfer-Encoding: xchunked", "Unsupported Transfer-Encoding"],
  ["Transfer-Encoding: chunked;q=1", "Unsupported Transfer-Encoding"],
  ["Transfer-Encoding: \vchunked", "Unsupported Transfer-Encoding"],
  ["Transfer-Encoding:", 'Unsupported Transfer-Encoding: ""'],
  ["Content-Length: 5, 6", 'Content-Lengths differ: "5, 6"'],
  ["Content-Length: 5\r\nContent-Length: 6", 'Content-Lengths differ: "5, 6"'],
  ["Content-Length: 5,\r\n 6", 'Content-Lengths differ: "5, 6"'],
  ["Content-Length: 5\r\n 0", 'Invalid Content-Length: "5 0"'],
  ["Transfer-Encoding: ,", 'Unsupported Transfer-Encoding: ","'],
  ["Transfer-Encoding: chunked,,x", "Unsupported Transfer-Encoding"],
  ["Transfer-Encoding: chun\r\n ked", "Unsupported Transfer-Encoding"],
  ["Transfer-Encoding: chunked\u00a0", "Unsupported Transfer-Encoding"],
  ...[
    "",
    "+5",
    "-5",
    "0x5",
    "5 5",
    "5.0",
    "5e1",
    "five",
    ",",
    "5,5;",
    "5;",
    "٥",
    "5\u00a0",
    "\v5",
  ]
    .map((value): [string, string] => [
      `Content-Length: ${value}`,
      "Invalid Content-Length",
    ]),
  [
    "Content-Length: 9007199254740992",
    'Invalid Content-Length: "9007199254740992"',
  ],
  [`Content-Length: ${"9".repeat(400)}`, "Invalid Content-Length"],
];

for (const [fields, message] of CONTRADICTIONS) {
  Deno.test(`body framing refuses ${JSON.stringify(fields).slice(0, 80)}`, async () => {
    const head = await header(fields);
    assertThrows(() => bodyFraming(head), HttpError, message);
    assertThrows(() => readBody(head, feed([])), HttpError, message);
  });
}

Deno.test("body framing refuses a transfer coding in HTTP/1.0", async () => {
  const head = await header("Transfer-Encoding: chunked", "HTTP/1.0 200 OK");
  assertThrows(
    () => bodyFraming(head),
    HttpError,
    'Transfer-Encoding in an HTTP/1.0 response: "chunked"',
  );
});

Deno.test("responses without a body end at once, whatever their fields are", async () => {
  for (const status of [100, 103, 204, 304]) {
    for (const fields of ["Content-Length: 5", "Transfer-Encoding: gzip", ""]) {
      const head = { ...await header(fields), status };
      assertEquals(bodyFraming(head), { kind: "none" });
      const reader = feed([bytes("next")]);
      assertEquals(await bodyText(head, reader), "");
      assertEquals(await reader.read(9), bytes("next"));
    }
  }
});

const BODIES: [name: string, fields: string, wire: string, body: string][] = [
  ["of a length", "Content-Length: 5", "hello", "hello"],
  ["of no length", "Content-Length: 0", "", ""],
  [
    "in one chunk",
    "Transfer-Encoding: chunked",
    "5\r\nhello\r\n0\r\n\r\n",
    "hello",
  ],
  [
    "in chunks of many sizes",
    "Transfer-Encoding: chunked",
    "1\r\nh\r\n3\r\nell\r\n0001\r\no\r\nA\r\n0123456789\r\na\r\n0123456789\r\n000\r\n\r\n",
    "hello01234567890123456789",
  ],
  ["in no chunk", "Transfer-Encoding: chunked", "0\r\n\r\n", ""],
  [
    "in chunks with extensions",
    "Transfer-Encoding: chunked",
    '2;a=b\r\nhi\r\n1 ;c="d;e"\r\n!\r\n0;\r\n\r\n',
    "hi!",
  ],
  [
    "in chunks with a line separator in an extension",
    "Transfer-Encoding: chunked",
    "2;a\u2028b\r\nhi\r\n0\r\n\r\n",
    "hi",
  ],
  [
    "in chunks whose sizes are padded",
    "Transfer-Encoding: chunked",
    "2     \r\nhi\r\n1\t \r\n!\r\n0 \r\n\r\n",
    "hi!",
  ],
  [
    "with line ends in its data",
    "Transfer-Encoding: chunked",
    "6\r\n\r\n0\r\n\r\r\n1\r\n\n\r\n0\r\n\r\n",
    "\r\n0\r\n\r\n",
  ],
  [
    "with trailers",
    "Transfer-Encoding: chunked",
    "2\r\nhi\r\n0\r\nA: b\r\nC: d\r\n\r\n",
    "hi",
  ],
  [
    "with a folded trailer",
    "Transfer-Encoding: chunked",
    "2\r\nhi\r\n0\r\nA: b\r\n c\r\n\r\n",
    "hi",
  ],
];

for (const [name, fields, wire, body] of BODIES) {
  Deno.test(`body ${name} is received to its end and no further, however it is cut`, async () => {
    const head = await header(fields);
    for (const pieces of everyWayToCut(bytes(wire + "next\n"))) {
      const reader = feed(pieces);
      assertEquals(await bodyText(head, reader), body);
      assertEquals(await reader.readLine(9), bytes("next\n"));
    }
  });
}

Deno.test("body without a length goes on to the end of input, however it is cut", async () => {
  const head = await header("");
  const old = await header("Connection: keep-alive", "HTTP/1.0 200 OK");
  for (const pieces of everyWayToCut(bytes("0\r\n\r\nhello"))) {
    assertEquals(await bodyText(head, feed(pieces)), "0\r\n\r\nhello");
    assertEquals(await bodyText(old, feed(pieces)), "0\r\n\r\nhello");
  }
  assertEquals(await bodyText(head, feed([])), "");
});

Deno.test("body shorter than its length is an error with both numbers", async () => {
  const head = await header("Content-Length: 5");
  for (let received = 0; received < 5; received++) {
    const part = bytes("hello".slice(0, received));
    for (const pieces of everyWayToCut(part)) {
      await assertRejects(
        () => bodyText(head, feed(pieces.filter((p) => p.length > 0))),
        HttpError,
        `The body ended after ${received} of 5 bytes`,
      );
    }
  }
});

const BAD_CHUNKS: [name: string, wire: string, message: string][] = [
  ["no size", "\r\n", 'Invalid chunk size: ""'],
  ["an extension alone", ";a\r\n", "Invalid chunk size"],
  ["a size with 0x", "0x5\r\nhello\r\n", 'Invalid chunk size: "0x5"'],
  ["a size with a sign", "+5\r\nhello\r\n", "Invalid chunk size"],
  ["a negative size", "-5\r\nhello\r\n", "Invalid chunk size"],
  ["a size that is not hexadecimal", "5g\r\nhello\r\n", "Invalid chunk size"],
  ["a blank before the size", " 5\r\nhello\r\n", "Invalid chunk size"],
  ["a control after the size", "5\v\r\nhello\r\n", "Invalid chunk size"],
  ["blanks and more after the size", "5  h\r\nhello\r\n", "Invalid chunk size"],
  ["two sizes", "5 5\r\nhello\r\n", "Invalid chunk size"],
  [
    "a size above 2^53",
    "20000000000000\r\n",
    'Invalid chunk size: "20000000000000"',
  ],
  ["a size of 400 digits", `${"f".repeat(400)}\r\n`, "Invalid chunk size"],
  ["a bare LF after the size", "5\nhello\r\n", "Bare LF in the chunk size"],
  ["a bare CR in the size line", "5;\r;\r\nhello", "Bare CR in the chunk size"],
  ["a NUL in the size line", "5;\0\r\nhello", "NUL in the chunk size"],
  [
    "more data than its size",
    "5\r\nhello!\r\n0\r\n\r\n",
    "A chunk is longer than its size says",
  ],
  [
    "a bare LF after the data",
    "5\r\nhello\n0\r\n\r\n",
    "A chunk is longer than its size says",
  ],
  [
    "nothing between chunks",
    "5\r\nhello0\r\n\r\n",
    "A chunk is longer than its size says",
  ],
  [
    "a trailer that is no field",
    "0\r\nA\r\n\r\n",
    'Field line without a colon: "A"',
  ],
  [
    "a blank before the first trailer",
    "0\r\n A: b\r\n\r\n",
    "Whitespace before the first field",
  ],
  ["a bare LF at its end", "0\r\n\n", "Bare LF in the trailer section"],
];

for (const [name, wire, message] of BAD_CHUNKS) {
  Deno.test(`chunked body with ${name} is refused, however it is cut`, async () => {
    for (const pieces of everyWayToCut(bytes(wire))) {
      await assertRejects(
        () => bodyText(CHUNKED, feed(pieces)),
        HttpError,
        message,
      );
    }
  });
}

Deno.test("chunked body that ends early is refused wherever it ends", async () => {
  const wire = "5;a\r\nhello\r\n0\r\nA: b\r\n\r\n";
  const messages = new Map([
    [0, "The input ended before the last chunk"],
    [2, "The input ended before the chunk size did"],
    [5, "The chunk ended after 0 of 5 bytes"],
    [9, "The chunk ended after 4 of 5 bytes"],
    [10, "The input ended before the last chunk"],
    [11, "The input ended before the last chunk"],
    [12, "The input ended before the last chunk"],
    [15, "The input ended before the trailer section did"],
    [18, "The input ended before the trailer section did"],
    [22, "The input ended before the trailer section did"],
  ]);
  for (let end = 0; end < wire.length; end++) {
    for (const pieces of everyWayToCut(bytes(wire.slice(0, end)))) {
      await assertRejects(
        () => bodyText(CHUNKED, feed(pieces.filter((p) => p.length > 0))),
        HttpError,
        messages.get(end) ?? "ended",
      );
    }
  }
});

Deno.test("chunk size line and trailers have their limits", async () => {
  const line = (length: number) => `2;${"x".repeat(length - 4)}\r\nhi\r\n`;
  const trailer = (length: number) =>
    `0\r\nA: ${"x".repeat(length - 7)}\r\n\r\n`;
  const wire = (size: number, end: number) =>
    feed(
      (line(size) + trailer(end)).match(/[^]{1,1000}/g)?.map(bytes) ?? [],
    );
  assertEquals(await bodyText(CHUNKED, wire(4_096, 65_536)), "hi");
  await assertRejects(
    () => bodyText(CHUNKED, wire(4_097, 65_536)),
    HttpError,
    "The chunk size is longer than 4096 bytes",
  );
  await assertRejects(
    () => bodyText(CHUNKED, wire(4_096, 65_537)),
    HttpError,
    "The trailer section is longer than 65536 bytes",
  );
});

Deno.test("a body larger than memory is read into one buffer", async () => {
  const piece = bytes("x".repeat(65_536));
  for (
    const [fields, first] of [
      ["Content-Length: 9007199254740991", ""],
      ["Transfer-Encoding: chunked", "1fffffffffffff\r\n"],
      ["", ""],
    ] as const
  ) {
    let sent = false;
    const reader = new BufferedReader({
      read(p) {
        const next = sent ? piece : bytes(first || "x");
        sent = true;
        p.set(next);
        return Promise.resolve(next.length);
      },
    }, 65_536);
    const buffers = new Set<ArrayBufferLike>();
    let received = 0;
    for await (const part of readBody(await header(fields), reader)) {
      buffers.add(part.buffer);
      received += part.length;
      if (received > 20_000_000) break;
    }
    assertEquals(buffers.size, 1);
  }
});

Deno.test("the body throws an error of the connection", async () => {
  for (
    const [head, wire] of [
      [await header("Content-Length: 5"), "hel"],
      [await header(""), "hel"],
      [CHUNKED, ""],
      [CHUNKED, "5\r\nhello"],
      [CHUNKED, "5\r\nhello\r"],
      [CHUNKED, "0\r\n"],
    ] as const
  ) {
    let sent = wire === "";
    const reader = new BufferedReader({
      read(p) {
        if (sent) {
          return Promise.reject(new Deno.errors.ConnectionReset("reset"));
        }
        sent = true;
        p.set(bytes(wire));
        return Promise.resolve(wire.length);
      },
    });
    await assertRejects(
      () => bodyText(head, reader),
      Deno.errors.ConnectionReset,
    );
  }
});
