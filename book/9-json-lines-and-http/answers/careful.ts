/**
 * plain.ts that goes on after an invalid line, an unknown method, a line that is too long,
 * and a reset.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/9-json-lines-and-http/answers/careful.ts
 */
const LONGEST = 65_536; // Maximum characters of a line.

function respond(line: string): string {
  try {
    const { id, method, params } = JSON.parse(line);
    if (method !== "add") {
      return JSON.stringify({ id, error: "unknown method" });
    }
    return JSON.stringify({ id, result: params[0] + params[1] });
  } catch {
    return JSON.stringify({ id: null, error: "not a request" });
  }
}

async function serve(conn: Deno.TcpConn): Promise<void> {
  using _ = conn; // Closed after an error, too.
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(1024);
  let text = "";
  while (true) {
    const n = await conn.read(buffer);
    if (n === null) break;
    text += decoder.decode(buffer.subarray(0, n), { stream: true });
    const lines = text.split("\n");
    if (lines.some((line) => line.length > LONGEST)) break;
    text = lines.pop() ?? "";
    for (const line of lines) {
      await conn.write(new TextEncoder().encode(`${respond(line)}\n`));
    }
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
const report = (error: Error) => console.error(error.message); // A reset, too.
while (true) {
  // accept() throws for a client that has reset already; `for await` would end there.
  const conn = await listener.accept().catch(report);
  if (conn) serve(conn).catch(report);
}
