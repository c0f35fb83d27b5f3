/**
 * The first server: greets each client, and closes the connection.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/0-from-python-to-typescript/server.ts
 *
 * You see that it listens. Its client is client.ts. Ctrl-C ends it.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) {
  await conn.write(new TextEncoder().encode("Hello!"));
  conn.close();
}
