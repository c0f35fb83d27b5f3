/**
 * A web server with one small page. It sends the header first, and the body later.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/1-tcp-client/page_server.ts
 *
 * Fetch it with `plain.ts 127.0.0.1 9999`, or open http://127.0.0.1:9999/.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
const body = "<!doctype html>\n<title>Hello</title>\n<h1>Hello</h1>\n";
const header = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" +
  `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
for await (const conn of listener) {
  await conn.read(new Uint8Array(1024)); // The request: any will do.
  await conn.write(new TextEncoder().encode(header));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await conn.write(new TextEncoder().encode(body));
  conn.close();
}
