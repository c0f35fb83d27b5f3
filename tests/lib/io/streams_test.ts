import { assertEquals, assertRejects } from "@std/assert";
import {
  concat,
  equals,
  readExactly,
  readExpected,
  UnexpectedDataError,
  writeAll,
} from "../../../lib/io/mod.ts";
import { openPair, openReset } from "../../support/loopback_connection.ts";
import { binary, encode } from "../../support/bytes.ts";

/** A source of these pieces, one a read, and then of the end or of an error. */
function source(pieces: string[], end: () => null = () => null) {
  const left = pieces.values();
  return {
    read(p: Uint8Array) {
      const { value = "", done } = left.next();
      if (done) return Promise.try(end);
      p.set(binary(value).subarray(0, p.length));
      return Promise.resolve(Math.min(p.length, value.length));
    },
  };
}

const oneMore = () => {
  throw new Error("One read more");
};

Deno.test("readExactly reads the given number of bytes, however the connection cuts them", async () => {
  using pair = await openPair();
  const text = encode("Welcome!Hello, Sarah!");
  const sending = (async () => {
    for (const byte of text) await pair.peers.write(Uint8Array.of(byte));
  })();
  assertEquals(await readExactly(pair.ours, 8), text.subarray(0, 8));
  assertEquals(await readExactly(pair.ours, 0), new Uint8Array());
  assertEquals(await readExactly(pair.ours, 13), text.subarray(8));
  await sending;
});

Deno.test("readExpected returns the expected bytes, however they are cut", async () => {
  for (const pieces of [["Welcome!"], ["Wel", "come!"], [..."Welcome!"]]) {
    const read = readExpected(source(pieces, oneMore), binary("Welcome!"));
    assertEquals(await read, binary("Welcome!"));
  }
  assertEquals(await readExpected(source([], oneMore), binary("")), binary(""));
});

Deno.test("readExpected shows what arrived instead, without waiting for more", async () => {
  const x = "x".repeat(60);
  const cases: [pieces: string[], expected: string, message: string][] = [
    [["220"], "Welcome!", 'Expected "Welcome!", but "220" came'],
    [["Wel", "l"], "Welcome!", 'Expected "Welcome!", but "Well" came'],
    [["Welcome?"], "Welcome!", 'Expected "Welcome!", but "Welcome?" came'],
    [["\x1b\xff"], "Welcome!", 'Expected "Welcome!", but "\\x1b\\xff" came'],
    [[`${x}y`], `${x}x`, `Expected "${x}…", but "${x}…" came`],
  ];
  for (const [pieces, expected, message] of cases) {
    await assertRejects(
      () => readExpected(source(pieces, oneMore), binary(expected)),
      UnexpectedDataError,
      message,
    );
  }
});

Deno.test("an end that comes early and an error of the connection are errors", async () => {
  using conn = await openReset();
  for (
    const read of [
      (from: ReturnType<typeof source>) => readExactly(from, 8),
      (from: ReturnType<typeof source>) =>
        readExpected(from, binary("Welcome!")),
    ]
  ) {
    await assertRejects(
      () => read(source(["Welco"])),
      Deno.errors.UnexpectedEof,
      "The connection ended after 5 of 8 bytes",
    );
    await assertRejects(() => read(source([], oneMore)), Error, "One read");
  }
  await assertRejects(() => readExactly(conn, 8), Deno.errors.ConnectionReset);
  await assertRejects(async () => {
    for (;;) await writeAll(conn, new Uint8Array(1));
  }, Error);
});

Deno.test("writeAll writes all to a slow reader, where one write does not (but on Windows)", async () => {
  const bytes = new Uint8Array(32_000_000);
  for (let i = 0; i < bytes.length; i += 1_000) bytes[i] = i / 1_000;
  using pair = await openPair();
  const first = await pair.ours.write(bytes);
  assertEquals(first < bytes.length, Deno.build.os !== "windows");
  const writing = writeAll(pair.ours, bytes.subarray(first));
  assertEquals(await readExactly(pair.peers, bytes.length), bytes);
  await writing;
});

Deno.test("writeAll gives up when a write takes no byte, and does not write none", async () => {
  const sizes = [2, 0];
  const writer = { write: () => Promise.resolve(sizes.shift() ?? 0) };
  await writeAll(writer, new Uint8Array());
  await assertRejects(
    () => writeAll(writer, new Uint8Array(3)),
    Deno.errors.WriteZero,
    "the writer took 2 of 3 bytes",
  );
});

Deno.test("equals compares length and every byte; concat joins any number of arrays", () => {
  const cases: [a: string, b: string, same: boolean][] = [
    ["", "", true],
    ["ab", "ab", true],
    ["ab", "ac", false],
    ["ab", "abc", false],
    ["abc", "ab", false],
    ["", "a", false],
  ];
  for (const [a, b, same] of cases) {
    // Views of one buffer, at different places.
    const both = concat([binary(a), binary(b)]);
    const rest = both.subarray(a.length);
    assertEquals(equals(both.subarray(0, a.length), rest), same);
  }
  assertEquals(concat([]), new Uint8Array());
  assertEquals(concat(["He", "", "llo"].map(binary)), binary("Hello"));
});
