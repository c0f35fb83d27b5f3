/**
 * Exercise 5: a response takes half a second to a second and a half, and yet the
 * responses leave in the order in which the requests arrived.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/answers/in_order.ts
 *
 * With book/4-udp-client/plain.ts in another terminal you see the greetings.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);

/** The work, which takes its time. */
async function responseTo(data: Uint8Array): Promise<Uint8Array> {
  const wait = 500 + 1000 * Math.random();
  await new Promise((resolve) => setTimeout(resolve, wait));
  const text = `Hello, ${new TextDecoder().decode(data)}!`;
  return new TextEncoder().encode(text);
}

/** Settles when everything before it has been sent. */
let sent: Promise<unknown> = Promise.resolve();
while (true) {
  const [data, addr] = await s.receive();
  const response = responseTo(data); // All the work is done at the same time …
  sent = sent // … and the sending one after the other.
    .then(async () => s.send(await response, addr))
    .catch((error) => console.error(error.message));
}
