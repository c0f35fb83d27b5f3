/**
 * A second UDP server that greets. The first one gets a datagram with its address.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/5-udp-server/loop.ts 4
 *
 * Start plain.ts in another terminal: the two respond to each other until 4 datagrams
 * have arrived here. Then start cures/refuse.ts: only one arrives. Without the 4, this
 * server goes on until nothing has arrived for two seconds.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const most = Number(Deno.args[0] ?? Infinity);

const s = Deno.listenDatagram(local);
// An attacker would forge the sender's address. Here its owner sends the datagram.
await s.send(new Uint8Array(0), server);

let arrived = 0;
let silence = setTimeout(() => s.close(), 2000); // Ends the loop.
for await (const [data, addr] of s) {
  clearTimeout(silence);
  console.log(`${++arrived}: ${data.length} bytes`);
  if (arrived === most) break;
  const name = new TextDecoder().decode(data);
  await s.send(new TextEncoder().encode(`Hello, ${name}!`), addr);
  silence = setTimeout(() => s.close(), 2000);
}
