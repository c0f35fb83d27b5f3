/**
 * A UDP server, and another program that sends to each of its clients first.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/other_sender.ts
 *
 * Start plain.ts in another terminal: it prints what the other program has sent. Then
 * start cures/sender.ts: it prints the greetings.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
const other = Deno.listenDatagram({ ...local, port: 0 });
for await (const [data, addr] of s) {
  await other.send(new TextEncoder().encode("Send money!"), addr);
  const name = new TextDecoder().decode(data);
  await s.send(new TextEncoder().encode(`Hello, ${name}!`), addr);
}
