import { assertEquals, assertRejects } from "@std/assert";
import { readExactly } from "../../../lib/io/streams.ts";
import { writeAll } from "../../../lib/io/streams.ts";
import { openPair, openReset } from "../../support/pair.ts";

Deno.test("readExactly reads that much of a connection, however it is cut", async () => {
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

Deno.test("readExactly says how far it came when the input ends", async () => {
  using pair = await openPair();
  await pair.peers.write(new Uint8Array(5));
  pair.peers.close();
  await assertRejects(
    () => readExactly(pair.ours, 8),
    Deno.errors.UnexpectedEof,
    "The connection ended after 5 of 8 bytes",
  );
});

Deno.test("readExactly hands on what the connection throws", async () => {
  using conn = await openReset();
  await assertRejects(
    () => readExactly(conn, 8),
    Deno.errors.ConnectionReset,
  );
});

Deno.test("writeAll writes all to a reader that is slow, where write does not", async () => {
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

Deno.test("writeAll of nothing asks the writer for nothing", async () => {
  await writeAll(
    { write: () => Promise.reject(new Error()) },
    new Uint8Array(),
  );
});

Deno.test("writeAll does not go on for ever where nothing is taken", async () => {
  const sizes = [2, 0];
  const writer = { write: () => Promise.resolve(sizes.shift() ?? 0) };
  await assertRejects(
    () => writeAll(writer, new Uint8Array(3)),
    Deno.errors.WriteZero,
    "the writer took 2 of 3 bytes",
  );
});

Deno.test("writeAll hands on what the connection throws", async () => {
  using conn = await openReset();
  await assertRejects(async () => {
    for (;;) await writeAll(conn, new Uint8Array(1));
  }, Error);
});
