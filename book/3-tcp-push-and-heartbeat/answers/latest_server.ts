/**
 * Answer: plain.ts, with one write at a time for each client.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-push-and-heartbeat/answers/latest_server.ts
 *
 * A client that reads gets each update. One that does not read costs one write.
 */
const clients = new Set<Deno.TcpConn>();
const busy = new Set<Deno.TcpConn>();
let count = 0;

async function push(client: Deno.TcpConn, update: Uint8Array): Promise<void> {
  if (busy.has(client)) return;
  busy.add(client);
  try {
    for (let n = 0; n < update.length;) {
      n += await client.write(update.subarray(n));
    }
  } catch {
    // The read in serve() ends, too, and removes the client.
  }
  busy.delete(client);
}

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
  for (const client of clients) push(client, update);
}, 1000);
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const client of listener) serve(client);
