/**
 * The server of one_failure.ts, and a limit for each read and write.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/cures/idle_limit.ts
 *
 * Try it with silent_client.ts.
 */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function limited<T>(sock: Deno.TcpConn, call: Promise<T>): Promise<T> {
  const timer = setTimeout(() => sock.close(), 2_000); // more in a real server
  try {
    return await call;
  } finally {
    clearTimeout(timer);
  }
}

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  using _ = sock; // closes it, however this function ends
  const { hostname, port } = sock.remoteAddr;
  console.log(`Accept new connection from ${hostname}:${port}...`);
  await sock.write(new TextEncoder().encode("Welcome!"));
  const buffer = new Uint8Array(1024);
  while (true) {
    const n = await limited(sock, sock.read(buffer));
    await sleep(1000);
    const data = new TextDecoder().decode(buffer.subarray(0, n ?? 0));
    if (data === "exit" || n === null) break;
    const reply = new TextEncoder().encode(`Hello, ${data}!`);
    await limited(sock, sock.write(reply));
  }
  console.log(`Connection from ${hostname}:${port} closed.`);
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) {
  tcplink(sock).catch((error) => console.error(`Failed: ${error}`));
}
