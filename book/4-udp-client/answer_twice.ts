/**
 * A UDP server whose responses arrive twice, as on some networks.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/answer_twice.ts
 *
 * Start plain.ts in another terminal: from the second name on, each response belongs
 * to the request before. Then start cures/numbered.ts: each response is right.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
for await (const [data, addr] of s) {
  const name = new TextDecoder().decode(data);
  const response = new TextEncoder().encode(`Hello, ${name}!`);
  await s.send(response, addr);
  await s.send(response, addr);
}
