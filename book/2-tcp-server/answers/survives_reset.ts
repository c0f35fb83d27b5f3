/**
 * Answer: the plain server, and a connection that fails ends alone.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/answers/survives_reset.ts
 *
 * After reset_client.ts you see one line about it, and the next client is served. It
 * leaves out what to do when no file descriptor is left: see chapter 6.
 */
const report = (error: Error) => console.error(`Failed: ${error.message}`);

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  using _ = sock; // closes it, however this function ends
  await sock.write(new TextEncoder().encode("Welcome!"));
  const buffer = new Uint8Array(1024);
  for (let n; (n = await sock.read(buffer)) !== null;) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const data = new TextDecoder().decode(buffer.subarray(0, n));
    if (data === "exit") break;
    await sock.write(new TextEncoder().encode(`Hello, ${data}!`));
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
while (true) {
  // It throws for a client that has reset already. `for await` would end there.
  const sock = await listener.accept().catch(report);
  if (sock) tcplink(sock).catch(report);
}
