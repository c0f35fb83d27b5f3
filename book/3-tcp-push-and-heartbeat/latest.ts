/**
 * As pending.ts, but an update is left out while the one before it is being written.
 *
 *     deno run --allow-net=127.0.0.1 book/3-tcp-push-and-heartbeat/latest.ts
 *
 * You see that one write is pending.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
await Deno.connect({ port: listener.addr.port }); // It never reads.
const client = await listener.accept();
const update = new Uint8Array(100_000);
let pending = 0;

async function push(): Promise<void> {
  if (pending > 0) return; // Leave this update out.
  pending++;
  for (let n = 0; n < update.length;) {
    n += await client.write(update.subarray(n)); // It may take a part.
  }
  pending--;
}

for (let i = 0; i < 300; i++) {
  push();
  await new Promise((resolve) => setTimeout(resolve, 0));
}
console.log("pending:", pending > 100 ? "more than 100 writes" : pending);
Deno.exit();
