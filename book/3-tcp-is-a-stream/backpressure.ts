/**
 * Flow control: writes to a peer that does not read, until no more is taken.
 *
 *     deno run --allow-net=127.0.0.1 book/3-tcp-is-a-stream/backpressure.ts
 *
 * You see the write stop after a few megabytes, which fill both kernels' buffers,
 * and go on once the peer reads.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();

const total = 50_000_000;
let taken = 0;
async function send(): Promise<void> {
  while (taken < total) taken += await client.write(new Uint8Array(64 * 1024));
  client.close();
}
const sending = send();
await new Promise((resolve) => setTimeout(resolve, 500));
console.log(taken < total / 2 ? "waits: the buffers are full" : "all is taken");
await new Response(server.readable).bytes(); // reads until the end
await sending;
console.log("all is taken");
