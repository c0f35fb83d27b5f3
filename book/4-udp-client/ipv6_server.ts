/**
 * The plain UDP server of chapter 5 on ::1, the IPv6 address of this machine.
 *
 *     deno run "--allow-net=[::1]" book/4-udp-client/ipv6_server.ts
 *
 * Start plain.ts in another terminal: it waits for ever, because it sends to 127.0.0.1.
 * Then start cures/addresses.ts: it finds the server.
 */
const local = { transport: "udp", hostname: "::1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
for await (const [data, addr] of s) {
  const name = new TextDecoder().decode(data);
  await s.send(new TextEncoder().encode(`Hello, ${name}!`), addr);
}
