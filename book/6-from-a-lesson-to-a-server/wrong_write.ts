/**
 * Exercise 3: a server that sends 32 MB to each client. What is wrong?
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/wrong_write.ts
 *
 * Its client is count_bytes.ts.
 */
const file = new Uint8Array(32_000_000);

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) {
  await conn.write(file);
  conn.close();
}
