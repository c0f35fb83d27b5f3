import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  BufferedReader,
  LimitExceededError,
  type Reader,
  readLines,
} from "../../../lib/io/mod.ts";
import { decode, encode } from "../../support/bytes.ts";

/** A source that returns at most one chunk a read, and after them always the end. */
function feed(chunks: string[]): Reader & { reads: number } {
  const left = chunks.map(encode);
  return {
    reads: 0,
    read(p) {
      if (p.length === 0) throw new Error("Read into a buffer without room");
      this.reads++;
      const chunk = left.shift();
      if (chunk === undefined) return Promise.resolve(null);
      const n = Math.min(chunk.length, p.length);
      p.set(chunk.subarray(0, n));
      if (n < chunk.length) left.unshift(chunk.subarray(n));
      return Promise.resolve(n);
    },
  };
}

function everyWayToCut(whole: string): string[][] {
  const ways = [[whole], [...whole]];
  for (let i = 1; i < whole.length; i++) {
    ways.push([whole.slice(0, i), whole.slice(i)]);
  }
  return ways;
}

async function readText(reader: BufferedReader, max = 100) {
  const bytes = await reader.read(max);
  return bytes && decode(bytes);
}

Deno.test("readLine returns each line, however the input is cut and small the buffer", async () => {
  const lines = ["one\r\n", "\n", "t\rw\0o\r\r\n", "longer than most\n"];
  for (const chunks of everyWayToCut(lines.join(""))) {
    for (const size of [1, 2, 3, 7, 4_096]) {
      const reader = new BufferedReader(feed(chunks), size);
      for (const line of lines) {
        assertEquals(await reader.readLine(100), encode(line));
      }
      for (const _ of "..") assertEquals(await reader.readLine(100), null);
    }
  }
});

Deno.test("readLine takes a line of the limit and refuses one byte more, which stays", async () => {
  for (const limit of [1, 5, 64, 70_000]) {
    const line = "x".repeat(limit - 1) + "\n";
    for (const size of [2, 5, 65_536]) {
      const chunks = [line + "rest"];
      const reader = new BufferedReader(feed(chunks), size);
      await assertRejects(
        () => reader.readLine(limit - 1),
        LimitExceededError,
        `A line is longer than ${limit - 1} bytes`,
      );
      assertEquals((await reader.readLine(limit))?.length, limit);
      assertEquals(await readText(reader, 1), "r");
    }
  }
});

Deno.test("readLine does not wait for a byte past the limit, and tells an end within a line from one after it", async () => {
  const source = feed(["12345"]);
  const long = new BufferedReader(source);
  await assertRejects(() => long.readLine(5), LimitExceededError);
  assertEquals(source.reads, 1);
  const reader = new BufferedReader(feed(["a\nb", "c"]));
  assertEquals(await reader.readLine(9), encode("a\n"));
  await assertRejects(
    () => reader.readLine(9),
    Deno.errors.UnexpectedEof,
    "The input ended within a line, after 2 bytes of it",
  );
});

Deno.test("readLine looks at each byte once, a byte at a time too", async () => {
  // 0.05 s; 7.5 s if each read looks at all bytes again.
  const length = 250_000;
  let left = length;
  const reader = new BufferedReader({
    read(p) {
      p[0] = --left === 0 ? 0x0a : 0x78;
      return Promise.resolve(1);
    },
  }, 16);
  let looked = 0;
  const { indexOf } = Uint8Array.prototype;
  Uint8Array.prototype.indexOf = function (byte, from = 0) {
    looked += this.length - from;
    return indexOf.call(this, byte, from);
  };
  try {
    assertEquals((await reader.readLine(length))?.length, length);
  } finally {
    Uint8Array.prototype.indexOf = indexOf;
  }
  assertEquals(looked, length);
});

Deno.test("read returns buffered bytes, at most as many as were asked for, in one buffer", async () => {
  const reader = new BufferedReader(feed(["abcde", "", "f"]));
  assertEquals(await readText(reader, 2), "ab");
  const first = await reader.read(100);
  assertEquals(first, encode("cde"));
  const second = await reader.read(Number.MAX_SAFE_INTEGER);
  assertEquals(second, encode("f"));
  assert(first?.buffer === second?.buffer);
  assertEquals(second?.byteOffset, 0, "The whole buffer is read into again");
  for (const _ of "..") assertEquals(await readText(reader), null);
});

Deno.test("an error of the source passes through", async () => {
  const source = {
    read: () => Promise.reject(new Deno.errors.ConnectionReset("reset")),
  };
  const reader = new BufferedReader(source);
  for (
    const read of [
      () => reader.read(1),
      () => reader.readLine(1),
      () => readLines(source).next(),
    ]
  ) await assertRejects(read, Deno.errors.ConnectionReset);
});

Deno.test("sizes and limits that are not whole numbers are refused", async () => {
  for (const size of [-1, 1.5, NaN, Infinity]) {
    const reader = new BufferedReader(feed([]));
    assertThrows(
      () => new BufferedReader(feed([]), size),
      RangeError,
      `Buffer size must be a whole number of at least 1: ${size}`,
    );
    for (
      const read of [
        () => reader.read(size),
        () => reader.readLine(size),
        () => readLines(feed([]), { maxLength: size }).next(),
      ]
    ) await assertRejects(read, RangeError, `of at least`);
  }
  await assertRejects(() => new BufferedReader(feed([])).read(0), RangeError);
});

Deno.test("readLines returns lines without their ends, however the input is cut", async () => {
  const lines = ["one", "", "\ufefft\rwo ", "小明"];
  for (const end of ["\n", "\r\n"]) {
    const whole = lines.map((line) => line + end).join("");
    for (const chunks of everyWayToCut(whole)) {
      assertEquals(await Array.fromAsync(readLines(feed(chunks))), lines);
    }
  }
});

Deno.test("readLines ends with an error at a line that is too long or cut off", async () => {
  const cases: [chunk: string, error: string][] = [
    ["ok\n1234\n", "A line is longer than 4 bytes"],
    ["ok\n12", "The input ended within a line, after 2 bytes of it"],
  ];
  for (const [chunk, error] of cases) {
    const lines = readLines(feed([chunk]), { maxLength: 4 });
    assertEquals((await lines.next()).value, "ok");
    await assertRejects(() => lines.next(), Error, error);
  }
});

Deno.test("2,000 line readers take 4 KiB each", () => {
  let size = 0;
  const source: Reader = {
    read(p) {
      size = p.length;
      return Promise.resolve(null);
    },
  };
  new BufferedReader(source).read(1);
  assertEquals(size, 4_096);
  readLines(source).next();
  assertEquals(size, 4_096);
});
