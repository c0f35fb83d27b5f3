/**
 * Two writes that become one read. Both ends of the connection are in this program.
 *
 *     deno run --allow-net=127.0.0.1 book/3-tcp-is-a-stream/joined.ts
 *
 * You see what one read returns.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();

await client.write(new TextEncoder().encode("Michael"));
await client.write(new TextEncoder().encode("Tracy"));
await new Promise((resolve) => setTimeout(resolve, 200)); // The reader is late.
const buffer = new Uint8Array(1024);
const n = await server.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
