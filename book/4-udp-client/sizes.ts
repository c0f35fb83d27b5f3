/**
 * How many bytes fit into a datagram over IPv4.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/sizes.ts
 *
 * You see that 65,508 bytes are too many, that 65,507 fit, and that a datagram
 * may be empty.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const s = Deno.listenDatagram(local);
for (const size of [65_508, 65_507, 0]) {
  try {
    await s.send(new Uint8Array(size), s.addr);
    const [data] = await s.receive();
    console.log(`${size} bytes sent, ${data.length} received`);
  } catch (error) {
    const { code } = error as Error & { code: string };
    console.log(`${size} bytes not sent: ${code}`);
  }
}
s.close();
