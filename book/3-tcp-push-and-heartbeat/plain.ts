/**
 * A server that pushes: it writes an update to each of its clients every second.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-push-and-heartbeat/plain.ts
 *
 * You see how many clients there are. Their program is client.ts. Ctrl-C ends it.
 */
const clients = new Set<Deno.TcpConn>();
let count = 0;

async function serve(client: Deno.TcpConn): Promise<void> {
  console.log("clients:", clients.add(client).size);
  try {
    while (await client.read(new Uint8Array(64)) !== null); // until its end
  } catch {
    // The connection was reset.
  }
  clients.delete(client);
  client.close();
  console.log("clients:", clients.size);
}

setInterval(() => {
  if (clients.size > 0) count++;
  const update = new TextEncoder().encode(`update ${count}\n`);
  for (const client of clients) client.write(update).catch(() => {});
}, 1000);
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const client of listener) serve(client);
