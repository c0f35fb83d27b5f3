/**
 * The tutorial's UDP server in plain Deno.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/plain.ts
 *
 * In another terminal start a UDP client: book/4-udp-client/plain.ts or the tutorial's
 * in Python. Here you see a line for each datagram. Ctrl-C ends the server.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
while (true) {
  const [data, addr] = await s.receive();
  const { hostname, port } = addr as Deno.NetAddr;
  console.log(`Received from ${hostname}:${port}.`);
  const name = new TextDecoder().decode(data);
  await s.send(new TextEncoder().encode(`Hello, ${name}!`), addr);
}
