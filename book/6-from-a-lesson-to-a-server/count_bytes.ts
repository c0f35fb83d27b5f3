/**
 * Counts the bytes that a server sends, and is in no hurry to read them.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/count_bytes.ts
 *
 * The servers are wrong_write.ts and answers/right_write.ts.
 */
using conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await new Promise((resolve) => setTimeout(resolve, 500));
const buffer = new Uint8Array(4_000_000);
let count = 0;
for (let n; (n = await conn.read(buffer)) !== null;) count += n;
console.log(count, "bytes");
