import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { BufferedReader, LimitExceededError } from "../../lib/io/mod.ts";
import { HttpError } from "../../lib/http/error.ts";
import { LineReader } from "../../lib/http/_lines.ts";
import { outcome, property } from "../support/property.ts";
import {
  anyBytes,
  cuts,
  nearlyBytes,
  readerOf,
  restOf,
  source,
  wellFormedText,
} from "../support/random.ts";

const utf8 = new TextEncoder();

// Of few values, so that delimiters and parts of them are frequent.
const fewBytes = fc.array(fc.constantFrom(10, 13, 65), { maxLength: 200 })
  .map((bytes) => Uint8Array.from(bytes));
const length = fc.integer({ min: 1, max: 40 });
const call = fc.oneof(
  fc.record({ max: length }),
  fc.record({ limit: fc.nat(40) }),
);

property({
  target: "lib/io/buffered_reader.ts",
  fault: "random bytes, cuts and calls",
  from: fc.record({
    bytes: fc.oneof(fewBytes, anyBytes),
    cuts,
    size: length,
    calls: fc.array(call, { maxLength: 20 }),
  }),
  async holds({ bytes, cuts, size, calls }) {
    const from = source(bytes, cuts);
    const most = Math.max(size, 40);
    const reader = new BufferedReader({
      read(p) {
        assert(p.length <= most, "The buffer does not grow above the limit");
        return from.read(p);
      },
    }, size);
    let at = 0;
    for (const call of calls) {
      const left = bytes.subarray(at);
      if ("max" in call) {
        const some = await reader.read(call.max);
        assertEquals(some === null, left.length === 0);
        const { length } = some ?? left;
        assert(length <= call.max && (some === null || length > 0));
        assertEquals(some ?? left, left.subarray(0, length));
        at += length;
        continue;
      }
      const wanted = expected(left, call.limit);
      const read = await reader.readLine(call.limit).catch((error) => error);
      if (typeof wanted === "function") {
        assert(read instanceof wanted, `${read}`);
        continue;
      }
      assertEquals(read, wanted && left.subarray(0, wanted));
      at += wanted ?? 0;
    }
    assertEquals(await restOf(reader), [...bytes.subarray(at)]);
  },
});

/** The length of the line, or the class of the error. */
function expected(left: Uint8Array, limit: number) {
  const length = left.indexOf(10) + 1;
  if (length > 0 && length <= limit) return length;
  if (left.length >= limit) return LimitExceededError;
  return left.length === 0 ? null : Deno.errors.UnexpectedEof;
}

property({
  target: "lib/io/buffered_reader.ts",
  fault: "random bytes, invalid sizes",
  from: fc.tuple(
    anyBytes,
    cuts,
    fc.oneof(fc.integer({ max: 0 }), fc.constantFrom(NaN, 0.5, Infinity)),
  ),
  async holds([bytes, cuts, invalid]) {
    await assertRefused(() => new BufferedReader(source(bytes, cuts), invalid));
    const reader = readerOf(bytes, cuts);
    await assertRefused(() => reader.read(invalid));
    if (invalid !== 0) await assertRefused(() => reader.readLine(invalid));
    assertEquals(await restOf(reader), [...bytes]);
  },
});

async function assertRefused(fn: () => unknown): Promise<void> {
  assert("error" in await outcome(fn, RangeError));
}

/** A line without its line end: no CR, LF or NUL. */
const line = wellFormedText.map((text) => text.replace(/[\r\n\0]/g, "-"));

property({
  target: "lib/http/_lines.ts",
  fault: "random lines, cut anywhere",
  from: fc.record({ lines: fc.array(line), rest: anyBytes, cuts }),
  async holds({ lines, rest, cuts }) {
    const sent = utf8.encode(lines.map((line) => `${line}\r\n`).join(""));
    const bytes = Uint8Array.of(...sent, ...rest);
    const reader = readerOf(bytes, cuts);
    const lineReader = new LineReader(reader, sent.length, "part");
    for (const line of lines) assertEquals(await lineReader.next(), line);
    assertEquals(await restOf(reader), [...rest]);

    if (sent.length === 0) return;
    const tooLong = new LineReader(
      readerOf(bytes, cuts),
      sent.length - 1,
      "part",
    );
    for (const line of lines.slice(0, -1)) {
      assertEquals(await tooLong.next(), line);
    }
    const { error } = {
      error: "",
      ...await outcome(() => tooLong.next(), HttpError),
    };
    assertEquals(error, `The part is longer than ${sent.length - 1} bytes`);
  },
});

property({
  target: "lib/http/_lines.ts",
  fault: "random bytes, cut anywhere",
  from: fc.record({
    bytes: fc.oneof(
      anyBytes,
      fewBytes,
      nearlyBytes(
        fc.array(line).map((lines) => utf8.encode(lines.join("\r\n"))),
      ),
    ),
    limit: fc.oneof(fc.nat(40), fc.constant(10_000)),
    cuts,
  }),
  async holds({ bytes, limit, cuts }) {
    const lines = new LineReader(readerOf(bytes, cuts), limit, "part");
    let at = 0;
    for (;;) {
      const left = bytes.subarray(at);
      const result = await outcome(() => lines.next(), HttpError);
      const end = left.indexOf(10) + 1;
      const sent = String.fromCharCode(...left.subarray(0, end));
      const right = end > 0 && at + end <= limit &&
        /^[^\r\n\0]*\r\n$/.test(sent);
      if (right) {
        assert(
          "value" in result && result.value !== null,
          JSON.stringify(result),
        );
        assertEquals(utf8Or8859(result.value, left.subarray(0, end - 2)), true);
        at += end;
        continue;
      }
      const isEnd = left.length === 0 && at < limit;
      assertEquals(
        "value" in result ? result.value : "error",
        isEnd ? null : "error",
      );
      return;
    }
  },
});

/** Whether a text stands for these bytes, in UTF-8 or one character each. */
function utf8Or8859(text: string, bytes: Uint8Array): boolean {
  const same = (other: ArrayLike<number>) =>
    `${Array.from(other)}` === `${bytes}`;
  return same(utf8.encode(text)) ||
    same(text.split("").map((char) => char.charCodeAt(0)));
}
