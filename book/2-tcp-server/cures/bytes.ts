/**
 * The plain server, and the bytes of a name come back as they are.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/cures/bytes.ts
 *
 * Try it with not_text.ts.
 */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const hello = new TextEncoder().encode("Hello, ");
const mark = new TextEncoder().encode("!");

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  const { hostname, port } = sock.remoteAddr;
  console.log(`Accept new connection from ${hostname}:${port}...`);
  await sock.write(new TextEncoder().encode("Welcome!"));
  const buffer = new Uint8Array(1024);
  while (true) {
    const n = await sock.read(buffer);
    await sleep(1000);
    const data = buffer.subarray(0, n ?? 0);
    if (new TextDecoder().decode(data) === "exit" || n === null) break;
    await sock.write(new Uint8Array([...hello, ...data, ...mark]));
  }
  sock.close();
  console.log(`Connection from ${hostname}:${port} closed.`);
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) tcplink(sock);
