/**
 * A UDP server whose answers arrive twice, as on some networks.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/answer_twice.ts
 *
 * Start plain.ts in another terminal: from the second name on, each answer belongs
 * to the question before. Then start udp_client.ts: each answer is right.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
for await (const [data, addr] of s) {
  const name = new TextDecoder().decode(data);
  const answer = new TextEncoder().encode(`Hello, ${name}!`);
  await s.send(answer, addr);
  await s.send(answer, addr);
}
