import { assertEquals, assertRejects } from "@std/assert";
import { lingeringClose } from "../../../lib/tcp/connection.ts";
import { openPair, openReset, readToEnd } from "../../support/pair.ts";

const bytes = new TextEncoder().encode("the last answer");

Deno.test("lingeringClose delivers what was written though input is unread", async () => {
  using pair = await openPair();
  await pair.peers.write(new Uint8Array(100_000));
  await pair.ours.write(bytes);
  const closed = lingeringClose(pair.ours);
  assertEquals(await readToEnd(pair.peers), "the last answer");
  pair.peers.close();
  await closed;
});

Deno.test("lingeringClose takes in what the peer still sends", async () => {
  using pair = await openPair();
  const closed = lingeringClose(pair.ours);
  assertEquals(await pair.peers.read(new Uint8Array(1)), null);
  for (let i = 0; i < 10; i++) await pair.peers.write(bytes);
  await pair.peers.closeWrite();
  await closed;
  await assertRejects(
    () => pair.ours.read(new Uint8Array(1)),
    Deno.errors.BadResource,
  );
});

Deno.test("lingeringClose waits for a peer that stays no longer than its limit", async () => {
  using pair = await openPair();
  await lingeringClose(pair.ours, 10);
  await assertRejects(
    () => pair.ours.read(new Uint8Array(1)),
    Deno.errors.BadResource,
  );
});

Deno.test("lingeringClose closes a connection that the peer has reset", async () => {
  using conn = await openReset();
  await lingeringClose(conn);
  await assertRejects(
    () => conn.read(new Uint8Array(1)),
    Deno.errors.BadResource,
  );
});
