/**
 * A UDP server that loses the first datagram, as a network may.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/lose_first.ts
 *
 * Start plain.ts in another terminal: it waits for ever. Then start this server
 * again, and cures/retry.ts: it gets its response after a second.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
await s.receive(); // This one is lost.
for await (const [data, addr] of s) {
  const name = new TextDecoder().decode(data);
  await s.send(new TextEncoder().encode(`Hello, ${name}!`), addr);
}
