/**
 * The first client: connects, and prints what the server sends.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/0-from-python-to-typescript/client.ts
 *
 * With server.ts in another terminal you see its greeting.
 */
const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
const buffer = new Uint8Array(1024);
const n = await conn.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
conn.close();
