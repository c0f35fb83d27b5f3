import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  concat,
  equals,
  readExactly,
  readExpected,
  UnexpectedDataError,
  writeAll,
} from "../../../lib/io/mod.ts";
import { binary } from "../../support/wire.ts";
import { openPair, openReset } from "../../support/pair.ts";

Deno.test("readExactly reads the given number of bytes, however the connection cuts them", async () => {
  using pair = await openPair();
  const text = new TextEncoder().encode("Welcome!Hello, Sarah!");
  const sending = (async () => {
    for (const byte of text) await pair.peers.write(new Uint8Array([byte]));
  })();
  assertEquals(await readExactly(pair.ours, 8), text.subarray(0, 8));
  assertEquals(await readExactly(pair.ours, 0), new Uint8Array());
  assertEquals(await readExactly(pair.ours, 13), text.subarray(8));
  await sending;
});

Deno.test("readExactly says after how many bytes the input ended", async () => {
  using pair = await openPair();
  await pair.peers.write(new Uint8Array(5));
  pair.peers.close();
  await assertRejects(
    () => readExactly(pair.ours, 8),
    Deno.errors.UnexpectedEof,
    "The connection ended after 5 of 8 bytes",
  );
});

Deno.test("readExactly throws the error of the connection", async () => {
  using conn = await openReset();
  await assertRejects(
    () => readExactly(conn, 8),
    Deno.errors.ConnectionReset,
  );
});

/** A source of these pieces, one a read, that never ends. */
function source(...pieces: string[]) {
  return {
    read(p: Uint8Array) {
      const piece = pieces.shift();
      if (piece === undefined) {
        return Promise.reject(new Error("One read more"));
      }
      p.set(binary(piece).subarray(0, p.length));
      return Promise.resolve(Math.min(p.length, piece.length));
    },
  };
}

Deno.test("readExpected returns the expected bytes, however they are cut", async () => {
  for (const pieces of [["Welcome!"], ["Wel", "come!"], [..."Welcome!"]]) {
    assertEquals(
      await readExpected(source(...pieces), binary("Welcome!")),
      binary("Welcome!"),
    );
  }
  assertEquals(await readExpected(source(), binary("")), binary(""));
});

Deno.test("readExpected shows what arrived instead, without waiting for more", async () => {
  const cases: [pieces: string[], shown: string][] = [
    [["220"], '"220"'],
    [["Wel", "l"], '"Well"'],
    [["Welcome?"], '"Welcome?"'],
    [["\x1b[2J\xff"], '"\\x1b[2J\\xff"'],
  ];
  for (const [pieces, shown] of cases) {
    await assertRejects(
      () => readExpected(source(...pieces), binary("Welcome!")),
      UnexpectedDataError,
      `Expected "Welcome!", but ${shown} came`,
    );
  }
  const long = "x".repeat(61);
  await assertRejects(
    () => readExpected(source(`${"x".repeat(60)}y`), binary(long)),
    UnexpectedDataError,
    `Expected "${"x".repeat(60)}…", but "${"x".repeat(60)}…" came`,
  );
});

Deno.test("readExpected says after how many bytes the input ended", async () => {
  using pair = await openPair();
  await pair.peers.write(binary("Welco"));
  pair.peers.close();
  await assertRejects(
    () => readExpected(pair.ours, binary("Welcome!")),
    Deno.errors.UnexpectedEof,
    "The connection ended after 5 of 8 bytes",
  );
});

Deno.test("writeAll writes all to a slow reader, where one write does not", async () => {
  const bytes = new Uint8Array(32_000_000);
  for (let i = 0; i < bytes.length; i += 1_000) bytes[i] = i / 1_000;
  using pair = await openPair();
  const first = await pair.ours.write(bytes);
  assertEquals(first < bytes.length, true);
  const rest = bytes.subarray(first);
  const writing = writeAll(pair.ours, rest);
  assertEquals(await readExactly(pair.peers, bytes.length), bytes);
  await writing;
});

Deno.test("writeAll of no bytes does not write", async () => {
  await writeAll(
    { write: () => Promise.reject(new Error()) },
    new Uint8Array(),
  );
});

Deno.test("writeAll gives up when a write takes no byte", async () => {
  const sizes = [2, 0];
  const writer = { write: () => Promise.resolve(sizes.shift() ?? 0) };
  await assertRejects(
    () => writeAll(writer, new Uint8Array(3)),
    Deno.errors.WriteZero,
    "the writer took 2 of 3 bytes",
  );
});

Deno.test("writeAll throws the error of the connection", async () => {
  using conn = await openReset();
  await assertRejects(async () => {
    for (;;) await writeAll(conn, new Uint8Array(1));
  }, Error);
});

Deno.test("equals compares length and every byte", () => {
  const cases: [a: string, b: string, same: boolean][] = [
    ["", "", true],
    ["ab", "ab", true],
    ["ab", "ac", false],
    ["ab", "abc", false],
    ["abc", "ab", false],
    ["", "a", false],
  ];
  for (const [a, b, same] of cases) {
    assertEquals(equals(binary(a), binary(b)), same);
  }
  // Views of one buffer, at different places.
  const twice = binary("abab");
  assertEquals(equals(twice.subarray(0, 2), twice.subarray(2)), true);
});

Deno.test("concat joins any number of arrays, and copies no single one", () => {
  assertEquals(concat([]), new Uint8Array());
  assertEquals(
    concat([binary("He"), binary(""), binary("llo")]),
    binary("Hello"),
  );
  const one = binary("Sarah");
  assert(concat([one]) === one);
});
