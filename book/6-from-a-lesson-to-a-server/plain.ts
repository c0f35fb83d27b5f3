/**
 * A plain echo server: it sends back the bytes that it receives.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/plain.ts
 *
 * Its client is plain_client.ts, in another terminal.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) echo(conn);

async function echo(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  while (true) {
    const n = await conn.read(buffer);
    if (n === null) break;
    await conn.write(buffer.subarray(0, n));
  }
  conn.close();
}
