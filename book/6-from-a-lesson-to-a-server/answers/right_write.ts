/**
 * Exercise 3: `write` takes what fits into the kernel's buffers, and returns how many
 * bytes that is. The rest has to be written again.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/answers/right_write.ts
 *
 * With count_bytes.ts in another terminal you see 32000000 bytes there.
 */
const file = new Uint8Array(32_000_000);

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) {
  for (let sent = 0; sent < file.length;) {
    sent += await conn.write(file.subarray(sent));
  }
  conn.close();
}
