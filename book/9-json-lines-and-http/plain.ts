/**
 * Requests and responses in plain Deno: each is a line of JSON.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/9-json-lines-and-http/plain.ts
 */
function respond(line: string): string {
  const { id, method, params } = JSON.parse(line);
  if (method !== "add") return JSON.stringify({ id, error: "unknown method" });
  return JSON.stringify({ id, result: params[0] + params[1] });
}

async function serve(conn: Deno.TcpConn): Promise<void> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  let text = "";
  while (true) {
    const n = await conn.read(buffer);
    if (n === null) break;
    text += decoder.decode(buffer.subarray(0, n), { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? ""; // The beginning of a line, or nothing.
    for (const line of lines) {
      await conn.write(new TextEncoder().encode(`${respond(line)}\n`));
    }
  }
  conn.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) serve(conn);
