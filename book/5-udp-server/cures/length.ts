/**
 * plain.ts, which greets names of at most 1,024 bytes, and none in part.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/cures/length.ts
 *
 * Start long_name.ts in another terminal: you see that its first name is refused.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
while (true) {
  const [data, addr] = await s.receive();
  const { hostname, port } = addr as Deno.NetAddr;
  console.log(`Received from ${hostname}:${port}.`);
  if (data.length > 1024) {
    console.log("Refused: longer than 1024 bytes.");
    continue;
  }
  const name = new TextDecoder().decode(data);
  await s.send(new TextEncoder().encode(`Hello, ${name}!`), addr);
}
