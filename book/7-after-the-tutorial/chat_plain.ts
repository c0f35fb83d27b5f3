/**
 * A chat in plain Deno: what one client sends goes to all others.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/7-after-the-tutorial/chat_plain.ts
 *
 * Try it with "nc 127.0.0.1 9999" in several terminals.
 */
const members = new Set<Deno.TcpConn>();

async function talk(conn: Deno.TcpConn): Promise<void> {
  members.add(conn);
  const buffer = new Uint8Array(1024);
  while (true) {
    const n = await conn.read(buffer);
    if (n === null) break;
    for (const member of members) {
      if (member !== conn) await member.write(buffer.subarray(0, n));
    }
  }
  members.delete(conn);
  conn.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) talk(conn);
