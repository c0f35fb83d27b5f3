/**
 * folder_plain.ts that shows what is in the folder, and nothing else.
 *
 *     deno run --allow-net=127.0.0.1:9999 --allow-read book/9-json-lines-and-http/cures/folder.ts
 */
const folder = "book/9-json-lines-and-http/site";
const root = await Deno.realPath(folder);

/** The file at a path; null if there is none, or if it is not in the folder. */
async function read(path: string): Promise<Uint8Array | null> {
  const real = await Deno.realPath(folder + path).catch(() => "");
  const isInside = real.startsWith(root) &&
    /[\\/]/.test(real[root.length] ?? "");
  return isInside ? await Deno.readFile(real).catch(() => null) : null;
}

async function serve(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(4096);
  const n = await conn.read(buffer);
  if (n === null) return conn.close(); // Browsers connect in advance.
  const request = new TextDecoder().decode(buffer.subarray(0, n));
  const [method, target = ""] = request.split(" ");
  const path = decodeURIComponent(target).replace(/\/$/, "/index.html");
  const file = await read(path);
  const status = file === null ? "404 Not Found" : "200 OK";
  const body = file ?? new TextEncoder().encode(`${status}\n`);
  const header = [
    `HTTP/1.1 ${status}`,
    `Content-Length: ${body.length}`,
    "Connection: close",
  ].join("\r\n");
  await conn.write(new TextEncoder().encode(`${header}\r\n\r\n`));
  if (method !== "HEAD") await conn.write(body);
  conn.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) serve(conn);
