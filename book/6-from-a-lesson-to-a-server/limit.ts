/**
 * A limit of connections: further clients wait in the backlog.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/limit.ts
 *
 * Three clients connect, and then one of them leaves. You see how many have been
 * welcomed, without a limit and with a limit of two.
 */
import { serveTcp } from "../../lib/tcp/mod.ts";

const pause = () => new Promise((resolve) => setTimeout(resolve, 200));
for (const maxConnections of [Infinity, 2]) {
  await using server = serveTcp({ port: 0, maxConnections }, async (conn) => {
    await conn.write(new TextEncoder().encode("Welcome!"));
    await conn.read(new Uint8Array(1)); // Until the client leaves.
  });
  const clients: Deno.TcpConn[] = [];
  let welcomed = 0;
  for (let i = 0; i < 3; i++) {
    const client = await Deno.connect({ port: server.addr.port });
    client.read(new Uint8Array(8)).then(() => welcomed++);
    clients.push(client);
  }
  await pause();
  console.log(`maxConnections ${maxConnections}: ${welcomed} welcomed`);
  clients.shift()?.close();
  await pause();
  console.log(`One has left: ${welcomed} welcomed`);
  for (const client of clients) client.close();
}
