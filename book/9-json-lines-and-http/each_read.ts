/**
 * Takes what one read returns for a message.
 *
 *     deno run --allow-net=127.0.0.1 book/9-json-lines-and-http/each_read.ts
 *
 * You see that two lines that come together are no JSON.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();

await client.write(new TextEncoder().encode('{"id":1}\n{"id":2}\n'));
const buffer = new Uint8Array(1024);
const n = await server.read(buffer) ?? 0;
const text = new TextDecoder().decode(buffer.subarray(0, n));
console.log(JSON.parse(text));
