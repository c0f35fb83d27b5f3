/**
 * Exercise 4: each response takes a second, and no client waits for another.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/answers/slow.ts
 *
 * With two_senders.ts in another terminal you see both clients greeted after one
 * second, and again after two; not after two and four.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);

async function respond(data: Uint8Array, addr: Deno.Addr) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const text = `Hello, ${new TextDecoder().decode(data)}!`;
  await s.send(new TextEncoder().encode(text), addr);
}

while (true) {
  const [data, addr] = await s.receive();
  // No await: the loop does not wait for the response. An error must not be lost.
  respond(data, addr).catch((error) => console.error(error.message));
}
