/**
 * The plain server for every machine that can reach this one.
 *
 *     deno run --allow-net=0.0.0.0:9999 book/2-two-computers/server.ts
 *
 * You see the address of each client. Ctrl-C ends it.
 */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function tcplink(sock: Deno.TcpConn): Promise<void> {
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
  sock.close();
  console.log(`Connection from ${hostname}:${port} closed.`);
}

const listener = Deno.listen({ hostname: "0.0.0.0", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) tcplink(sock);
