/**
 * A web server that promises 100 bytes and closes the connection after 6.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/1-tcp-client/truncating_server.ts
 *
 * Fetch http://127.0.0.1:9999/ with any client and see whether it notices.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
const response = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nHello\n";
for await (const conn of listener) {
  await conn.read(new Uint8Array(1024));
  await conn.write(new TextEncoder().encode(response));
  conn.close();
}
