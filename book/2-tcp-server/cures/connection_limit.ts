/**
 * The server of one_failure.ts, for two clients at a time.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/cures/connection_limit.ts
 *
 * Try it with crowd.ts: the third client waits in the listen queue.
 */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  using _ = sock; // closes it, however this function ends
  const { hostname, port } = sock.remoteAddr;
  console.log(`Accept new connection from ${hostname}:${port}...`);
  await sock.write(new TextEncoder().encode("Welcome!"));
  const buffer = new Uint8Array(1024);
  while (true) {
    const n = await sock.read(buffer);
    await sleep(1000);
    const data = new TextDecoder().decode(buffer.subarray(0, n ?? 0));
    if (data === "exit" || n === null) break;
    await sock.write(new TextEncoder().encode(`Hello, ${data}!`));
  }
  console.log(`Connection from ${hostname}:${port} closed.`);
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
let open = 0;
for await (const sock of listener) {
  open++;
  tcplink(sock)
    .catch((error) => console.error(`Failed: ${error}`))
    .finally(() => open--);
  while (open >= 2) await sleep(100); // hundreds in a real server
}
