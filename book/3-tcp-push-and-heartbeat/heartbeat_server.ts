/**
 * A server with a heartbeat: it closes a connection that does not answer a ping.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-push-and-heartbeat/heartbeat_server.ts
 *
 * You see why each connection has ended. Ctrl-C ends the server.
 */
async function serve(client: Deno.TcpConn): Promise<void> {
  let alive = true;
  const timer = setInterval(() => {
    if (!alive) return client.close(); // The read below throws Interrupted.
    alive = false;
    client.write(new TextEncoder().encode("ping\n")).catch(() => {});
  }, 1000);
  try {
    while (await client.read(new Uint8Array(1024)) !== null) alive = true;
    console.log("The client has closed the connection.");
  } catch (error) {
    const isDead = error instanceof Deno.errors.Interrupted;
    console.log(isDead ? "No pong within a second: closed." : String(error));
  }
  clearInterval(timer);
  client[Symbol.dispose](); // as close(), and may be called twice
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const client of listener) serve(client);
