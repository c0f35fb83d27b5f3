/**
 * What does not fit into the buffer is lost.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/small_buffer.ts
 *
 * Two datagrams are sent. You see four bytes of the first, and the second.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const s = Deno.listenDatagram(local);
await s.send(new TextEncoder().encode("Michael"), s.addr);
await s.send(new TextEncoder().encode("Tracy"), s.addr);
for (const size of [4, 1024]) {
  const [data] = await s.receive(new Uint8Array(size));
  console.log(`${size}: ${new TextDecoder().decode(data)}`);
}
s.close();
