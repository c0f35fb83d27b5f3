/**
 * plain.ts, which returns the bytes of a name as they are.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/cures/bytes.ts
 *
 * Start not_text.ts in another terminal: the byte ff comes back there.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const hello = new TextEncoder().encode("Hello, ");
const end = new TextEncoder().encode("!");

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
while (true) {
  const [data, addr] = await s.receive();
  const { hostname, port } = addr as Deno.NetAddr;
  console.log(`Received from ${hostname}:${port}.`);
  await s.send(new Uint8Array([...hello, ...data, ...end]), addr);
}
