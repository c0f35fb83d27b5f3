import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { readBody } from "../../lib/http/_body.ts";
import { HttpError } from "../../lib/http/error.ts";
import { type HttpHeader, readHeader } from "../../lib/http/_header.ts";
import { formatRequest } from "../../lib/http/mod.ts";
import { outcome, property } from "../support/property.ts";
import {
  anyBytes,
  anyText,
  cuts,
  nearly,
  nearlyBytes,
  readerOf,
  restOf,
  wellFormedText,
  WHOLE,
} from "../support/random.ts";

const utf8 = new TextEncoder();

/** Text of a field value, or after a status code. */
const text = wellFormedText.map((text) => text.replace(/[\r\n\0]/g, "-"));
const blank = fc.string({ unit: fc.constantFrom(" ", "\t"), maxLength: 3 });
const TOKEN = "!#$%&'*+-.^_`|~0123456789azAZ";

function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}

const field = fc.record({
  name: fc.oneof(
    fc.string({ unit: fc.constantFrom(...TOKEN), minLength: 1, maxLength: 20 }),
    fc.constantFrom("Content-Length", "transfer-encoding", "__proto__"),
  ),
  before: blank,
  value: fc.oneof(text, fc.constantFrom("5", "chunked")).map(trimBlanks),
  /** Continuation lines, each with text between its blanks. */
  folds: fc.array(
    fc.tuple(
      blank.filter((blank) => blank !== ""),
      text.map(trimBlanks).filter((text) => text !== ""),
    ),
    { maxLength: 2 },
  ),
  after: blank,
});
type Field = typeof field extends fc.Arbitrary<infer F> ? F : never;
const fields = fc.array(field, { maxLength: 5 });

const header = fc.record({
  version: fc.constantFrom("1.0", "1.1"),
  status: fc.integer({ min: 200, max: 999 }),
  reason: fc.option(text, { nil: undefined }),
  fields,
  interim: fc.array(
    fc.record({
      status: fc.integer({ min: 100, max: 199 }).filter((n) => n !== 101),
      fields,
    }),
    { maxLength: 2 },
  ),
});
type Header = typeof header extends fc.Arbitrary<infer H> ? H : never;

function startOf({ version, status, reason }: Omit<Header, "interim">): string {
  return `HTTP/${version} ${status}${reason === undefined ? "" : ` ${reason}`}`;
}

function written(fields: Field[]): string {
  const lines = fields.map(({ name, before, value, folds, after }) => {
    const more = folds.map(([blank, text]) => `${after}\r\n${blank}${text}`);
    return `${name}:${before}${value}${more.join("")}${after}\r\n`;
  });
  return `${lines.join("")}\r\n`;
}

function encode(header: Header): Uint8Array {
  const { interim, fields } = header;
  const before = interim.map(({ status, fields }) =>
    `HTTP/1.1 ${status} Wait\r\n${written(fields)}`
  );
  return utf8.encode(
    `${before.join("")}${startOf(header)}\r\n${written(fields)}`,
  );
}

property({
  target: "lib/http/_header.ts",
  fault: "random headers, cut anywhere",
  from: fc.record({
    header,
    rest: anyBytes,
    cuts,
    spare: fc.oneof(fc.nat(3), fc.integer({ min: -50, max: 0 })),
  }),
  async holds({ header, rest, cuts, spare }) {
    const sent = encode(header);
    const reader = readerOf(Uint8Array.of(...sent, ...rest), cuts);
    const limit = Math.max(0, sent.length + spare);
    const result = await outcome(() => readHeader(reader, limit), HttpError);
    if (spare < 0) {
      const error = `The header is longer than ${limit} bytes`;
      assertEquals(result, { error });
      return;
    }
    const { version, status, fields } = header;
    assertEquals(result, {
      value: {
        statusLine: startOf(header),
        version,
        status,
        fields: fields.map(({ name, value, folds }) => {
          const parts = [value, ...folds.map(([, text]) => text)];
          return [name, trimBlanks(parts.join(" "))] as const;
        }),
      },
    });
    assertEquals(await restOf(reader), [...rest]);
  },
});

property({
  target: "lib/http/_header.ts",
  fault: "random input",
  from: fc.record({
    bytes: fc.oneof(
      anyBytes,
      nearlyBytes(header.map(encode)),
      nearlyBytes(fc.constantFrom(
        ...[
          "HTTP/1.1 200 OK\r\nA: b\r\n\r\n",
          "HTTP/1.1 100\r\n\r\nHTTP/1.0 204\r\n\r\n",
          "HTTP/2 200\r\n\r\n",
          "HTTP/1.1 101 Switching\r\n\r\n",
          "SSH-2.0-x\r\n",
        ].map((text) => utf8.encode(text)),
      )),
    ),
    limit: fc.oneof(fc.nat(100), fc.constant(undefined)),
    cuts,
  }),
  async holds({ bytes, limit, cuts }) {
    const read = async (sizes: number[]) => {
      const reader = readerOf(bytes, sizes);
      const result = await outcome(() => readHeader(reader, limit), HttpError);
      return { result, rest: "value" in result ? await restOf(reader) : [] };
    };
    const { result, rest } = await read(WHOLE);
    assertEquals(
      await read(cuts),
      { result, rest },
      "The result does not depend on the cuts",
    );
    if ("error" in result) return;
    const { status, version, statusLine, fields } = result.value;
    assert(status >= 200 && status <= 999);
    assert(statusLine.startsWith(`HTTP/${version} ${status}`));
    for (const [name, value] of fields) {
      assertMatch(name, /^[!-9;-~]+$/);
      assertMatch(value, /^(?![ \t])[^\r\n\0]*(?<![ \t])$/);
    }
    assert(rest.length < bytes.length && rest.length <= bytes.length);
    assert(bytes.length - rest.length <= (limit ?? 65_536));
  },
});

function response(...fields: [name: string, value: string][]): HttpHeader {
  const statusLine = "HTTP/1.1 200 OK";
  return { statusLine, version: "1.1", status: 200, fields };
}

/** The bytes of a body and the bytes after it, or those before an error. */
async function readAll(header: HttpHeader, bytes: Uint8Array, cuts: number[]) {
  const reader = readerOf(bytes, cuts);
  const body: number[] = [];
  const result = await outcome(async () => {
    for await (const piece of readBody(header, reader)) {
      assert(piece.length > 0, "A piece is never empty");
      body.push(...piece);
    }
    return await restOf(reader);
  }, HttpError);
  return { body, result };
}

const chunk = fc.record({
  bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 40 }),
  size: fc.record({ zeros: fc.nat(3), upper: fc.boolean() }),
  extension: fc.oneof(
    fc.constantFrom("", ";", "; a=b", '\t ;a="5"', " \t"),
    text.map((text) => `;${text}`),
  ),
});
type Chunk = typeof chunk extends fc.Arbitrary<infer C> ? C : never;

const chunked = fc.record({
  chunks: fc.array(chunk, { maxLength: 5 }),
  last: fc.constantFrom("0", "000", "0;a", "0 ;", "0 "),
  trailer: fields,
});
type Chunked = typeof chunked extends fc.Arbitrary<infer C> ? C : never;

function encodeChunk({ bytes, size, extension }: Chunk): number[] {
  const hex = "0".repeat(size.zeros) + bytes.length.toString(16);
  const line = `${size.upper ? hex.toUpperCase() : hex}${extension}\r\n`;
  return [...utf8.encode(line), ...bytes, 13, 10];
}

function encodeChunked({ chunks, last, trailer }: Chunked): Uint8Array {
  return Uint8Array.of(
    ...chunks.flatMap(encodeChunk),
    ...utf8.encode(`${last}\r\n${written(trailer)}`),
  );
}

property({
  target: "lib/http/_body.ts",
  fault: "random chunks, cut anywhere",
  from: fc.record({ chunked, rest: anyBytes, cuts, missing: fc.nat(99) }),
  async holds({ chunked, rest, cuts, missing }) {
    const header = response(["Transfer-Encoding", "chunked"]);
    const sent = encodeChunked(chunked);
    const whole = chunked.chunks.flatMap(({ bytes }) => bytes);
    assertEquals(
      await readAll(header, Uint8Array.of(...sent, ...rest), cuts),
      { body: whole, result: { value: [...rest] } },
    );
    // A shorter one is an error.
    const short = sent.subarray(0, -1 - missing % sent.length);
    const { body, result } = await readAll(header, short, cuts);
    assert("error" in result);
    assertEquals(body, whole.slice(0, body.length));
  },
});

property({
  target: "lib/http/_body.ts",
  fault: "random lengths, cut anywhere",
  from: fc.record({ bytes: anyBytes, length: fc.nat(20), cuts }),
  async holds({ bytes, length, cuts }) {
    const header = response(["Content-Length", `${length}`]);
    const { body, result } = await readAll(header, bytes, cuts);
    assertEquals(body, [...bytes.subarray(0, length)]);
    const missing = `The body ended after ${bytes.length} of ${length} bytes`;
    assertEquals(
      result,
      bytes.length < length
        ? { error: missing }
        : { value: [...bytes.subarray(length)] },
    );
    assertEquals(
      await readAll(response(), bytes, cuts),
      { body: [...bytes], result: { value: [] } },
      "Without a length the body ends with the input",
    );
  },
});

property({
  target: "lib/http/_body.ts",
  fault: "random input",
  from: fc.record({
    bytes: fc.oneof(
      anyBytes,
      nearlyBytes(chunked.map(encodeChunked)),
      nearlyBytes(fc.constantFrom(
        ...[
          "5\r\nhello\r\n0\r\n\r\n",
          "fffffffffffff\r\n",
          "1\r\na\r\n0\r\nA: b\r\n\r\n",
        ]
          .map((text) => utf8.encode(text)),
      )),
    ),
    cuts,
  }),
  async holds({ bytes, cuts }) {
    const header = response(["Transfer-Encoding", "chunked"]);
    const whole = await readAll(header, bytes, WHOLE);
    assertEquals(
      await readAll(header, bytes, cuts),
      whole,
      "The result does not depend on the cuts",
    );
    assert(whole.body.length <= bytes.length);
  },
});

const length = fc.oneof(
  fc.nat(20).map(String),
  fc.constantFrom(
    "5",
    "05",
    "5, 5",
    "5,6",
    "5,",
    ", ,5",
    ",",
    "",
    "-5",
    "+5",
    "5.0",
    "0x5",
    "5e1",
  ),
  fc.constantFrom("9007199254740991", "9007199254740992", "9".repeat(400), "٥"),
  text,
);
const coding = fc.oneof(
  fc.constantFrom("chunked", "CHUNKED", "gzip, chunked", "chunked, chunked"),
  fc.constantFrom("chunked,", ",\tchunked ,", ","),
  fc.constantFrom("identity", "chunked;a=b", "chunKed", "", "\vchunked"),
  text,
);

/** The elements of a list that stands in these values; empty ones do not count. */
function elements(values: string[]): string[] {
  return values.join().split(",").map(trimBlanks).filter((item) => item !== "");
}

property({
  target: "lib/http/_body.ts",
  fault: "random fields",
  from: fc.record({
    status: fc.oneof(
      fc.constantFrom(204, 304),
      fc.integer({ min: 200, max: 999 }),
    ),
    version: fc.constantFrom("1.0", "1.1"),
    lengths: fc.array(length, { maxLength: 2 }),
    codings: fc.array(coding, { maxLength: 2 }),
    // Bytes that would be a valid chunked body, too.
    bytes: fc.oneof(anyBytes, fc.constant(utf8.encode("1\r\na\r\n0\r\n\r\n"))),
    cuts,
  }),
  async holds({ status, version, lengths, codings, bytes, cuts }) {
    const fields = [
      ...lengths.map((value) => ["Content-Length", value] as const),
      ...codings.map((value) => ["Transfer-Encoding", value] as const),
    ];
    const header = { ...response(), status, version, fields };
    const { body, result } = await readAll(header, bytes, cuts);
    if (status === 204 || status === 304) {
      assertEquals({ body, result }, {
        body: [],
        result: { value: [...bytes] },
      });
    } else if (codings.length > 0) {
      const isChunked = lengths.length === 0 && version === "1.1" &&
        elements(codings).join().toLowerCase() === "chunked";
      if (!isChunked) assert("error" in result && body.length === 0);
    } else if (lengths.length > 0) {
      const items = elements(lengths);
      const right = items.length > 0 &&
        items.every((item) =>
          [...item].every((char) => "0123456789".includes(char)) &&
          BigInt(item) === BigInt(items[0] ?? "") &&
          BigInt(item) <= Number.MAX_SAFE_INTEGER
        );
      const expected = right ? Number(items[0]) : 0;
      assertEquals(body, [...bytes.subarray(0, expected)]);
      assertEquals("value" in result, right && expected <= bytes.length);
    } else {
      assertEquals({ body, result }, {
        body: [...bytes],
        result: { value: [] },
      });
    }
  },
});

const urlText = fc.oneof(
  anyText,
  nearly(fc.constantFrom(
    "/a/../b/%2e%2e/c",
    "\r\nX: y\r\n\r\n",
    "/ HTTP/1.1\r\nHost: x",
    "%0d%0aX:%20y",
    "?a=b&c#d",
    "u:p@h:80",
  )),
);
const PARTS = ["hash", "host", "password", "pathname", "search"] as const;

property({
  target: "lib/http/request.ts",
  fault: "random URLs",
  from: fc.tuple(
    fc.oneof(
      urlText.map((text) => `http://h/${text}`),
      nearly(fc.webUrl()),
      fc.constantFrom("https://[::1]:444/", "http://例子.测试", "data:,"),
    ),
    fc.array(fc.tuple(fc.constantFrom(...PARTS), urlText), { maxLength: 3 }),
  ),
  async holds([text, changes]) {
    const url = URL.parse(text) ?? new URL("http://localhost/");
    for (const [part, value] of changes) url[part] = value;
    const result = await outcome(() => formatRequest(url), TypeError);
    const isWeb = /^https?:$/.test(url.protocol);
    assertEquals("value" in result, isWeb);
    if ("error" in result) return;
    const request = new TextDecoder("utf-8", { fatal: true })
      .decode(result.value);
    const [start = "", host, ...others] = request.split("\r\n");
    assertEquals([host, others.length], [`Host: ${url.host}`, 5]);
    assertMatch(url.host, /^[!-~]+$/);
    const [, target = ""] = /^GET (\/[!-~]*) HTTP\/1\.1$/.exec(start) ?? [];
    // The request is for the URL itself, without fragment, user name and password.
    const asked = new URL(url);
    asked.hash = asked.username = asked.password = "";
    assertEquals(new URL(url.origin + target).href, asked.href);
    assert(target !== "" && !target.includes("#"));
  },
});
