/**
 * Why receiving takes a loop: one write of 2,500 bytes, read 1,024 at a time.
 *
 *     deno run --allow-net=127.0.0.1 book/1-tcp-client/chunks.ts
 *
 * You see how many bytes each read returned: 1024, 1024, 452.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();

await server.write(new Uint8Array(2500));
server.close();

const buffer = new Uint8Array(1024);
while (true) {
  const n = await client.read(buffer);
  if (n === null) break;
  console.log(n);
}
