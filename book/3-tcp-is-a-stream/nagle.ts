/**
 * What setNoDelay is for: the time of write, write, read, with and without it.
 *
 *     deno run --allow-net=127.0.0.1 book/3-tcp-is-a-stream/nagle.ts
 *
 * You see which median of nine is below 20 ms. On Linux the first is about 44 ms.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();

const half = new Uint8Array(1);
for (const noDelay of [false, true]) {
  client.setNoDelay(noDelay);
  const times: number[] = [];
  for (let i = 0; i < 9; i++) {
    const start = performance.now();
    await client.write(half);
    await client.write(half);
    for (let n = 0; n < 2;) n += await server.read(new Uint8Array(2)) ?? 0;
    await server.write(half); // the response, once both halves are there
    await client.read(half);
    times.push(performance.now() - start);
  }
  const median = times.sort((a, b) => a - b)[4] ?? 0;
  console.log(noDelay, median < 20 ? "less than 20 ms" : "20 ms or more");
}
