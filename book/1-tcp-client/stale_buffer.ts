/**
 * A mistake to make once: looking at the whole buffer after a read.
 *
 *     deno run --allow-net=127.0.0.1 book/1-tcp-client/stale_buffer.ts
 *
 * You see "Tracyel": five bytes came, and two are left over from "Michael".
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();

const buffer = new Uint8Array(7);
for (const name of ["Michael", "Tracy"]) {
  await server.write(new TextEncoder().encode(name));
  const n = await client.read(buffer);
  console.log(n, new TextDecoder().decode(buffer)); // the mistake
}
