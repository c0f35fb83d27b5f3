/**
 * A socket takes datagrams from everyone, not from its server alone.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/other_sender.ts
 *
 * You see the words of another program where the server's answer was expected.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const server = Deno.listenDatagram(local);
const other = Deno.listenDatagram(local);
const s = Deno.listenDatagram(local);

await s.send(new TextEncoder().encode("Michael"), server.addr);
// The other program is faster than the server.
await other.send(new TextEncoder().encode("Send money!"), s.addr);
await server.send(new TextEncoder().encode("Hello, Michael!"), s.addr);

const [answer] = await s.receive();
console.log(new TextDecoder().decode(answer));
for (const socket of [server, other, s]) socket.close();
