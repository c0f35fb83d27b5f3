/**
 * folder_plain.ts that shows what is in the folder, and nothing else.
 *
 *     deno run --allow-net=127.0.0.1:9999 --allow-read book/9-json-lines-and-http/cures/folder.ts
 */
const folder = "book/9-json-lines-and-http/site";
const root = await Deno.realPath(folder);

/** The file of a target; null if there is none, or if it is not in the folder. */
async function read(target: string): Promise<Uint8Array | null> {
  try {
    const path = decodeURIComponent(target).replace(/\/$/, "/index.html");
    const real = await Deno.realPath(folder + path);
    const isInside = real.startsWith(root) &&
      /[\\/]/.test(real[root.length] ?? "");
    return isInside ? await Deno.readFile(real) : null;
  } catch {
    return null; // There is no such file, or the target cannot be decoded.
  }
}

async function serve(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  const n = await conn.read(buffer);
  if (n === null) return conn.close(); // Browsers connect in advance.
  const request = new TextDecoder().decode(buffer.subarray(0, n));
  const [method, target = ""] = request.split(" ");
  const file = await read(target);
  const status = file === null ? "404 Not Found" : "200 OK";
  const body = file ?? new TextEncoder().encode(`${status}\n`);
  const header = [
    `HTTP/1.1 ${status}`,
    `Content-Length: ${body.length}`,
    "Connection: close",
  ].join("\r\n");
  await conn.write(new TextEncoder().encode(`${header}\r\n\r\n`));
  let sent = method === "HEAD" ? body.length : 0;
  while (sent < body.length) sent += await conn.write(body.subarray(sent));
  conn.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) serve(conn);
