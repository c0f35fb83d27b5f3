/**
 * A server that pushes to a client that does not read.
 *
 *     deno run --allow-net=127.0.0.1 book/3-tcp-push-and-heartbeat/pending.ts
 *
 * You see that most writes are still pending, each with its bytes in memory.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
await Deno.connect({ port: listener.addr.port }); // It never reads.
const client = await listener.accept();
const update = new Uint8Array(100_000);
let pending = 0;

async function push(): Promise<void> {
  pending++;
  await client.write(update);
  pending--;
}

for (let i = 0; i < 300; i++) {
  push();
  await new Promise((resolve) => setTimeout(resolve, 0));
}
console.log("pending:", pending > 100 ? "more than 100 writes" : pending);
Deno.exit();
