import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  BufferedReader,
  LimitExceededError,
  type Reader,
  UnexpectedEndError,
} from "../../../lib/io/mod.ts";

const LF = bytes("\n");
const CRLF = bytes("\r\n");

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function text(part: Uint8Array | null): string | null {
  return part === null ? null : new TextDecoder().decode(part);
}

/** A source that returns at most one piece a read, and after them always the end. */
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
      const reader = new BufferedReader(feed(pieces), size);
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

Deno.test("readUntil finds a delimiter whose beginning is repeated", async () => {
  for (const pieces of everyWayToCut("aaab-")) {
    const reader = new BufferedReader(feed(pieces));
    assertEquals(text(await reader.readUntil(bytes("aab"), 9)), "aaab");
    assertEquals(text(await reader.read(9)), "-");
  }
});

Deno.test("readUntil accepts exactly the limit, above the buffer's size too", async () => {
  for (const limit of [4, 8, 64, 65_536, 70_000]) {
    const line = "x".repeat(limit - 1) + "\n";
    for (const size of [4, 65_536]) {
      const reader = new BufferedReader(feed([line + "rest"]), size);
      assertEquals((await reader.readUntil(LF, limit))?.length, limit);
      assertEquals(text(await reader.read(2)), "re");
    }
  }
});

Deno.test("readUntil refuses one byte above the limit, and consumes nothing", async () => {
  for (const pieces of everyWayToCut("12345\nrest")) {
    for (const size of [2, 5, 65_536]) {
      const reader = new BufferedReader(feed(pieces), size);
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
  const reader = new BufferedReader(source);
  await assertRejects(() => reader.readUntil(LF, 5), LimitExceededError);
  assertEquals(source.reads, 1);
});

Deno.test("readUntil distinguishes an end before a line from one within it", async () => {
  const reader = new BufferedReader(feed(["a\n"]));
  assertEquals(text(await reader.readUntil(LF, 9)), "a\n");
  assertEquals(await reader.readUntil(LF, 9), null);
  assertEquals(await reader.readUntil(LF, 9), null);

  await assertRejects(
    () => new BufferedReader(feed(["ab", "c"])).readUntil(LF, 9),
    UnexpectedEndError,
    "Input ended after 3 bytes, before the delimiter",
  );
});

Deno.test("readUntil takes time in proportion to the length, a byte at a time too", async () => {
  // The longer one takes 0.05 s, and 7.5 s if each read compares all bytes again.
  for (
    const [length, delimiter] of [[65_536, LF], [250_000, CRLF]] as const
  ) {
    let left = length;
    const reader = new BufferedReader({
      read(p) {
        p[0] = --left === 0 ? 0x0a : left === 1 ? 0x0d : 0x78;
        return Promise.resolve(1);
      },
    }, 16);
    const start = performance.now();
    const line = await reader.readUntil(delimiter, length);
    assertEquals(line?.length, length);
    const ms = performance.now() - start;
    assert(ms < 2_000, `${ms} ms for ${length} bytes`);
  }
});

Deno.test("read returns buffered bytes, at most as many as were asked for", async () => {
  const reader = new BufferedReader(feed(["abcde", "f"]));
  assertEquals(text(await reader.read(2)), "ab");
  assertEquals(text(await reader.read(100)), "cde");
  assertEquals(text(await reader.read(Number.MAX_SAFE_INTEGER)), "f");
  assertEquals(await reader.read(1), null);
  assertEquals(await reader.read(1), null);
});

Deno.test("read never returns bytes of an earlier read", async () => {
  const reader = new BufferedReader(feed(["long before", "new"]));
  await reader.read(100);
  assertEquals(text(await reader.read(100)), "new");
});

Deno.test("read reuses one buffer", async () => {
  const reader = new BufferedReader(feed(["one", "two"]));
  const first = await reader.read(3);
  const second = await reader.read(3);
  assertEquals(first?.buffer === second?.buffer, true);
  assertEquals(text(first), "two");
});

Deno.test("read reads again after a read of nothing", async () => {
  assertEquals(text(await new BufferedReader(feed(["", "a"])).read(9)), "a");
});

Deno.test("an error of the source passes through", async () => {
  const reader = new BufferedReader({
    read: () => Promise.reject(new Deno.errors.ConnectionReset("reset")),
  });
  await assertRejects(() => reader.read(1), Deno.errors.ConnectionReset);
  await assertRejects(
    () => reader.readUntil(LF, 1),
    Deno.errors.ConnectionReset,
  );
});

Deno.test("sizes that are not whole numbers above 0 are refused", async () => {
  for (const size of [0, -1, 1.5, NaN]) {
    assertThrows(
      () => new BufferedReader(feed([]), size),
      RangeError,
      `${size}`,
    );
    await assertRejects(
      () => new BufferedReader(feed([])).read(size),
      RangeError,
      `Maximum must be a whole number above 0: ${size}`,
    );
  }
  await assertRejects(
    () => new BufferedReader(feed([])).readUntil(new Uint8Array(), 1),
    RangeError,
    "Delimiter length",
  );
});
