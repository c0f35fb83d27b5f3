/**
 * A web server in plain Deno: every request gets the same page.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/9-json-lines-and-http/page_plain.ts
 *
 * Then open http://127.0.0.1:9999/ in a browser.
 */
const page = new TextEncoder().encode("<h1>Hello, browser!</h1>\n");

async function serve(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  const n = await conn.read(buffer);
  if (n === null) return conn.close(); // Browsers connect in advance.
  console.log(new TextDecoder().decode(buffer.subarray(0, n)).trimEnd());
  const header = [
    "HTTP/1.1 200 OK",
    "Content-Type: text/html; charset=utf-8",
    `Content-Length: ${page.length}`,
    "Connection: close",
  ].join("\r\n");
  await conn.write(new TextEncoder().encode(`${header}\r\n\r\n`));
  await conn.write(page);
  conn.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) serve(conn);
