import { assert, assertEquals, assertRejects } from "@std/assert";
import { deadline } from "../../../lib/net/mod.ts";

Deno.test("deadline settles as the promise does", async () => {
  assertEquals(await deadline(Promise.resolve(1), 1_000_000), 1);
  assertEquals(await deadline(Promise.resolve(1), 0), 1);
  await assertRejects(
    () => deadline(Promise.reject(new Error("no")), Infinity),
    Error,
    "no",
  );
});

Deno.test("deadline rejects with a TimeoutError when the time has passed", async () => {
  const error = await assertRejects(
    () => deadline(new Promise(() => {}), 1),
    DOMException,
  );
  assertEquals(error.name, "TimeoutError");
});

Deno.test("deadline rejects with the reason of its signal", async () => {
  const stop = new AbortController();
  const reason = new Error("stopped");
  const waiting = deadline(new Promise(() => {}), Infinity, stop);
  stop.abort(reason);
  assertEquals(await waiting.catch((error) => error), reason);
  assertEquals(
    await deadline(Promise.resolve(), 1, stop).catch((error) => error),
    reason,
  );
});

Deno.test("deadline takes a result that lay ready when the process was stopped", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using conn = await Deno.connect({
    hostname: "127.0.0.1",
    port: listener.addr.port,
  });
  using peer = await listener.accept();
  const waiting = deadline(conn.read(new Uint8Array(1)), 1);
  await peer.write(new Uint8Array(1));
  // As a stop does, this makes the timer due before the socket is looked at.
  for (const end = performance.now() + 20; performance.now() < end;);
  assertEquals(await waiting, 1);
});

Deno.test("deadline listens to its signal no longer than it waits", async () => {
  let listeners = 0;
  const signal = {
    aborted: false,
    throwIfAborted() {},
    addEventListener: () => listeners++,
    removeEventListener: () => listeners--,
  } as unknown as AbortSignal;
  const { promise, resolve } = Promise.withResolvers<void>();
  const waiting = deadline(promise, 1_000_000, { signal });
  assert(listeners === 1);
  resolve();
  await waiting;
  assertEquals(listeners, 0);
});
