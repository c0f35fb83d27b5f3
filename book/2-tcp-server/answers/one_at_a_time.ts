/**
 * Answer: the plain server with one `await` more: one client at a time.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/answers/one_at_a_time.ts
 *
 * two_clients.ts now takes 4 s: the second client waits in the backlog.
 */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  await sock.write(new TextEncoder().encode("Welcome!"));
  const buffer = new Uint8Array(1024);
  for (let n; (n = await sock.read(buffer)) !== null;) {
    await sleep(1000);
    const data = new TextDecoder().decode(buffer.subarray(0, n));
    if (data === "exit") break;
    await sock.write(new TextEncoder().encode(`Hello, ${data}!`));
  }
  sock.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) await tcplink(sock);
