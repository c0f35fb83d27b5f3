/**
 * Answer: one greeting a second for all clients together, in the order of arrival.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/answers/in_order.ts
 *
 * two_clients.ts: the greetings come a second apart, in the order of the names.
 */
let last: Promise<unknown> = Promise.resolve(); // the end of the queue

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  using _ = sock; // closes it, however this function ends
  await sock.write(new TextEncoder().encode("Welcome!"));
  const buffer = new Uint8Array(1024);
  for (let n; (n = await sock.read(buffer)) !== null;) {
    const data = new TextDecoder().decode(buffer.subarray(0, n));
    if (data === "exit") break;
    last = last.then(() => new Promise((resolve) => setTimeout(resolve, 1000)));
    await last; // the seconds of all names before this one, then its own
    await sock.write(new TextEncoder().encode(`Hello, ${data}!`));
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) {
  tcplink(sock).catch((error) => console.error(`Failed: ${error.message}`));
}
