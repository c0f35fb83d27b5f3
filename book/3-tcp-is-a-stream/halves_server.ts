/**
 * A server that sends just what the real one does, but each answer in two halves.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/halves_server.ts
 *
 * Connect with the name Michael, and see what each client takes for an answer.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) {
  for (const half of ["Welc", "ome!", "Hello, Mi", "chael!"]) {
    try {
      await conn.write(new TextEncoder().encode(half));
    } catch {
      break; // The client has left early.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  conn.close();
}
