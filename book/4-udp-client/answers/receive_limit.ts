/**
 * Exercise 3: a receive with a time limit that loses no datagram.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/answers/receive_limit.ts
 *
 * You see null, because the first receive is too early, and then both names.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const s = Deno.listenDatagram(local);

/** The `receive` whose datagram no call has returned yet. */
let pending: ReturnType<typeof s.receive> | null = null;

/** The next datagram as text, or `null` if none arrives in time. */
async function receive(milliseconds: number): Promise<string | null> {
  pending ??= s.receive(); // An earlier one may still wait.
  const { promise: limit, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), milliseconds);
  const received = await Promise.race([pending, limit]);
  clearTimeout(timer);
  if (received === null) return null;
  pending = null;
  return new TextDecoder().decode(received[0]);
}

console.log(await receive(100));
for (const data of ["Michael", "Tracy"]) {
  await s.send(new TextEncoder().encode(data), s.addr);
}
console.log(await receive(1000));
console.log(await receive(1000));
s.close();
