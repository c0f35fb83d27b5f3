/**
 * Exercise 1: another greeting.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/answers/good_morning.ts
 *
 * With book/4-udp-client/plain.ts in another terminal you see it there.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
while (true) {
  const [data, addr] = await s.receive();
  const response = `Good morning, ${new TextDecoder().decode(data)}!`;
  await s.send(new TextEncoder().encode(response), addr);
}
