/**
 * A server sends a header without end.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/endless_header.ts
 *
 * You see that a limit ends the client's loop. Without it the memory fills up.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
listener.accept().then(async (conn) => {
  const line = new TextEncoder().encode("X: Y\r\n".repeat(1000));
  while (true) await conn.write(line);
}).catch(() => {}); // The client has closed.

async function readHeader(conn: Deno.TcpConn, limit: number): Promise<string> {
  const buffer = new Uint8Array(1024);
  let header = "";
  while (!header.includes("\r\n\r\n")) {
    if (header.length > limit) throw new Error(`longer than ${limit} bytes`);
    const n = await conn.read(buffer);
    if (n === null) throw new Error("the header has no end");
    header += new TextDecoder("latin1").decode(buffer.subarray(0, n));
  }
  return header;
}
using client = await Deno.connect({ port: listener.addr.port });
await readHeader(client, 65_536).catch((error) => console.log(error.message));
listener.close();
