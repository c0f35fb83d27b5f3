/**
 * A web server in plain Deno: shows the files of a folder, and more than that.
 *
 *     deno run --allow-net=127.0.0.1:9999 --allow-read book/9-json-lines-and-http/folder_plain.ts
 */
const folder = "book/9-json-lines-and-http/site";

async function serve(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  const n = await conn.read(buffer);
  if (n === null) return conn.close(); // Browsers connect in advance.
  const request = new TextDecoder().decode(buffer.subarray(0, n));
  const [, target = ""] = request.split(" ");
  const path = decodeURIComponent(target).replace(/\/$/, "/index.html");
  const file = await Deno.readFile(folder + path);
  const header = [
    "HTTP/1.1 200 OK",
    `Content-Length: ${file.length}`,
    "Connection: close",
  ].join("\r\n");
  await conn.write(new TextEncoder().encode(`${header}\r\n\r\n`));
  await conn.write(file);
  conn.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) serve(conn);
