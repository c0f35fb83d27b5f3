/**
 * The client of plain.ts: it sends a name, and prints the echo.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/plain_client.ts
 */
const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await conn.write(new TextEncoder().encode("Michael"));
const buffer = new Uint8Array(1024);
const n = await conn.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
conn.close();
