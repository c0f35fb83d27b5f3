/**
 * page_plain.ts with several requests on a connection (keep-alive).
 *
 *     deno run --allow-net=127.0.0.1:9999 book/9-json-lines-and-http/answers/keep_alive.ts
 *
 * Reload the page in a browser: the requests come over one connection.
 */
import { readLines } from "../../../lib/io/mod.ts";

const page = new TextEncoder().encode("<h1>Hello, browser!</h1>\n");
const header = [
  "HTTP/1.1 200 OK",
  "Content-Type: text/html; charset=utf-8",
  `Content-Length: ${page.length}`, // Where the next response begins.
].join("\r\n");
const response = new TextEncoder().encode(`${header}\r\n\r\n`);

async function serve(conn: Deno.TcpConn): Promise<void> {
  using _ = conn; // Closed after an error, too.
  let [requests, isLast] = [0, false];
  // An empty line ends a request. GET has no body, so the next line begins another one.
  for await (const line of readLines(conn, { maxLength: 4096 })) {
    if (/^connection: *close$/i.test(line)) isLast = true; // ask.ts sends this.
    if (line !== "") continue;
    await conn.write(response);
    await conn.write(page);
    console.log(`${conn.remoteAddr.port}: request ${++requests}`);
    if (isLast) break;
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) {
  serve(conn).catch((error) => console.error(error.message)); // A reset, too.
}
