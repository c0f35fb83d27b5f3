/**
 * One datagram that cannot be answered ends the plain server.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/one_error.ts
 *
 * Two datagrams are sent. You see why the second one gets no answer.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const hello = new TextEncoder().encode("Hello, ");

/** The loop of plain.ts. */
async function serve(s: Deno.DatagramConn) {
  while (true) {
    const [data, addr] = await s.receive();
    await s.send(new Uint8Array([...hello, ...data, 0x21]), addr);
  }
}

const server = Deno.listenDatagram(local);
const client = Deno.listenDatagram(local);
// One byte too many for an answer; then an ordinary name.
await client.send(new Uint8Array(65_500), server.addr);
await client.send(new TextEncoder().encode("Michael"), server.addr);
await serve(server).catch(({ code }) => console.log("The server ends:", code));
for (const socket of [server, client]) socket.close();
