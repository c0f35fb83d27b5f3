/**
 * plain.ts with a limit of two connections: further clients wait.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/limit.ts
 *
 * Its client is three_clients.ts, in another terminal.
 */
const LIMIT = 2;
const open = new Set<Promise<void>>();

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) {
  const task = echo(conn).finally(() => open.delete(task));
  open.add(task);
  if (open.size === LIMIT) await Promise.race(open); // Until one has ended.
}

async function echo(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  while (true) {
    const n = await conn.read(buffer);
    if (n === null) break;
    await conn.write(buffer.subarray(0, n));
  }
  conn.close();
}
