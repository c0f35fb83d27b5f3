/**
 * Exercise 3: a server that closes each connection however its session ends,
 * and never responds. What is wrong?
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/wrong_close.ts
 *
 * Its client is plain_client.ts.
 */
async function tcplink(sock: Deno.TcpConn): Promise<void> {
  await sock.write(new TextEncoder().encode("Welcome!"));
  const buffer = new Uint8Array(1024);
  for (let n; (n = await sock.read(buffer)) !== null;) {
    const data = new TextDecoder().decode(buffer.subarray(0, n));
    await sock.write(new TextEncoder().encode(`Hello, ${data}!`));
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) {
  try {
    tcplink(sock);
  } catch (error) {
    console.error("Failed:", error);
  } finally {
    sock.close();
  }
}
