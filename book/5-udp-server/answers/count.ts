/**
 * Exercise 3: the server counts the datagrams of each client.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/answers/count.ts
 *
 * With two_senders.ts in another terminal you see the numbers 1 and 2 there.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
// A server without connections has to remember its clients itself. This map only
// grows; a real server would forget the clients that have been silent for long.
const counts = new Map<string, number>();
while (true) {
  const [data, addr] = await s.receive();
  const { hostname, port } = addr as Deno.NetAddr;
  const client = `${hostname}:${port}`;
  const count = (counts.get(client) ?? 0) + 1;
  counts.set(client, count);
  const response = `Hello, ${new TextDecoder().decode(data)}! (${count})`;
  await s.send(new TextEncoder().encode(response), addr);
}
