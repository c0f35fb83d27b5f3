/**
 * A server that sends just what the tutorial's does, but each message in two halves.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/halves_server.ts
 *
 * Connect with a name, and see what each client takes for a greeting.
 */
async function send(sock: Deno.TcpConn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  await sock.write(bytes.subarray(0, bytes.length / 2));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await sock.write(bytes.subarray(bytes.length / 2));
}

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  await send(sock, "Welcome!");
  const buffer = new Uint8Array(1024);
  while (true) {
    const n = await sock.read(buffer);
    const data = new TextDecoder().decode(buffer.subarray(0, n ?? 0));
    if (data === "exit" || n === null) break;
    await send(sock, `Hello, ${data}!`);
  }
  sock.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) tcplink(sock).catch(() => sock.close());
