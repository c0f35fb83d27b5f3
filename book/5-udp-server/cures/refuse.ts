/**
 * plain.ts, which does not respond to senders that may respond in turn.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/cures/refuse.ts
 *
 * Start loop.ts in another terminal: you see that its second datagram is refused.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
while (true) {
  const [data, addr] = await s.receive();
  const { hostname, port } = addr as Deno.NetAddr;
  console.log(`Received from ${hostname}:${port}.`);
  const name = new TextDecoder().decode(data);
  // A port below 1024 belongs to a service. Only a server sends a greeting.
  if (port < 1024 || name.startsWith("Hello, ")) {
    console.log("Refused.");
    continue;
  }
  await s.send(new TextEncoder().encode(`Hello, ${name}!`), addr);
}
