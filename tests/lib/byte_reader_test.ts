import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ByteReader,
  LimitExceededError,
  UnexpectedEndError,
} from "../../lib/byte_reader.ts";
import type { Reader } from "../../lib/stream_conn.ts";

const LF = bytes("\n");
const CRLF = bytes("\r\n");

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function text(part: Uint8Array | null): string | null {
  return part === null ? null : new TextDecoder().decode(part);
}

/** Hands the pieces out, one a read at most, and then the end, again and again. */
function feed(pieces: string[]): Reader & { reads: number } {
  const left = pieces.map(bytes);
  return {
    reads: 0,
    read(p) {
      this.reads++;
      const piece = left.shift();
      if (piece === undefined) return Promise.resolve(null);
      const n = Math.min(piece.length, p.length);
      p.set(piece.subarray(0, n));
      if (n < piece.length) left.unshift(piece.subarray(n));
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

Deno.test("readUntil returns each line, however the input is cut and small the buffer", async () => {
  for (
    const pieces of everyWayToCut(
      "one\r\n\r\nt\rw\no\r\r\nlonger than most\r\n",
    )
  ) {
    for (const size of [1, 2, 3, 7, 65_536]) {
      const reader = new ByteReader(feed(pieces), size);
      const lines = [];
      for (;;) {
        const line = await reader.readUntil(CRLF, 100);
        if (line === null) break;
        lines.push(text(line));
      }
      assertEquals(lines, [
        "one\r\n",
        "\r\n",
        "t\rw\no\r\r\n",
        "longer than most\r\n",
      ]);
    }
  }
});

Deno.test("readUntil finds a delimiter whose beginning comes twice", async () => {
  for (const pieces of everyWayToCut("aaab-")) {
    const reader = new ByteReader(feed(pieces));
    assertEquals(text(await reader.readUntil(bytes("aab"), 9)), "aaab");
    assertEquals(text(await reader.readSome(9)), "-");
  }
});

Deno.test("readUntil accepts exactly the limit, above the buffer's size too", async () => {
  for (const limit of [4, 8, 64, 65_536, 70_000]) {
    const line = "x".repeat(limit - 1) + "\n";
    for (const size of [4, 65_536]) {
      const reader = new ByteReader(feed([line + "rest"]), size);
      assertEquals((await reader.readUntil(LF, limit))?.length, limit);
      assertEquals(text(await reader.readSome(2)), "re");
    }
  }
});

Deno.test("readUntil refuses one byte above the limit, and consumes nothing", async () => {
  for (const pieces of everyWayToCut("12345\nrest")) {
    for (const size of [2, 5, 65_536]) {
      const reader = new ByteReader(feed(pieces), size);
      await assertRejects(
        () => reader.readUntil(LF, 5),
        LimitExceededError,
        "No delimiter within 5 bytes",
      );
      assertEquals(text(await reader.readUntil(LF, 6)), "12345\n");
    }
  }
});

Deno.test("readUntil does not wait for a byte past the limit", async () => {
  const source = feed(["12345"]);
  const reader = new ByteReader(source);
  await assertRejects(() => reader.readUntil(LF, 5), LimitExceededError);
  assertEquals(source.reads, 1);
});

Deno.test("readUntil tells a clean end from one in the middle", async () => {
  const reader = new ByteReader(feed(["a\n"]));
  assertEquals(text(await reader.readUntil(LF, 9)), "a\n");
  assertEquals(await reader.readUntil(LF, 9), null);
  assertEquals(await reader.readUntil(LF, 9), null);

  await assertRejects(
    () => new ByteReader(feed(["ab", "c"])).readUntil(LF, 9),
    UnexpectedEndError,
    "Input ended after 3 bytes, before the delimiter",
  );
});

Deno.test("readUntil keeps up with 64 KiB that come one byte at a time", async () => {
  const length = 65_536;
  let left = length;
  const reader = new ByteReader({
    read(p) {
      p[0] = --left === 0 ? 0x0a : 0x78;
      return Promise.resolve(1);
    },
  }, 16);
  assertEquals((await reader.readUntil(LF, length))?.length, length);
});

Deno.test("readSome returns what is there, at most what was asked for", async () => {
  const reader = new ByteReader(feed(["abcde", "f"]));
  assertEquals(text(await reader.readSome(2)), "ab");
  assertEquals(text(await reader.readSome(100)), "cde");
  assertEquals(text(await reader.readSome(Number.MAX_SAFE_INTEGER)), "f");
  assertEquals(await reader.readSome(1), null);
  assertEquals(await reader.readSome(1), null);
});

Deno.test("readSome never shows bytes past those that were read", async () => {
  const reader = new ByteReader(feed(["long before", "new"]));
  await reader.readSome(100);
  assertEquals(text(await reader.readSome(100)), "new");
});

Deno.test("readSome reuses one buffer", async () => {
  const reader = new ByteReader(feed(["one", "two"]));
  const first = await reader.readSome(3);
  const second = await reader.readSome(3);
  assertEquals(first?.buffer === second?.buffer, true);
  assertEquals(text(first), "two");
});

Deno.test("readSome reads again after a read of nothing", async () => {
  assertEquals(text(await new ByteReader(feed(["", "a"])).readSome(9)), "a");
});

Deno.test("an error of the source passes through", async () => {
  const reader = new ByteReader({
    read: () => Promise.reject(new Deno.errors.ConnectionReset("reset")),
  });
  await assertRejects(() => reader.readSome(1), Deno.errors.ConnectionReset);
  await assertRejects(
    () => reader.readUntil(LF, 1),
    Deno.errors.ConnectionReset,
  );
});

Deno.test("sizes that make no sense are refused", async () => {
  for (const size of [0, -1, 1.5, NaN]) {
    assertThrows(() => new ByteReader(feed([]), size), RangeError, `${size}`);
    await assertRejects(
      () => new ByteReader(feed([])).readSome(size),
      RangeError,
      `Maximum must be a whole number above 0: ${size}`,
    );
  }
  await assertRejects(
    () => new ByteReader(feed([])).readUntil(new Uint8Array(), 1),
    RangeError,
    "Delimiter length",
  );
});
