/**
 * A UDP server whose first response takes a second and a half.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/late_server.ts
 *
 * Start cures/retry.ts in another terminal: its second response is wrong. Then start
 * this server again, and answers/careful.ts: each response is right.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
let pause = 1500;
for await (const [data, addr] of s) {
  await new Promise((resolve) => setTimeout(resolve, pause));
  pause = 0;
  const name = new TextDecoder().decode(data);
  await s.send(new TextEncoder().encode(`Hello, ${name}!`), addr);
}
