/**
 * A send succeeds even if nobody listens at the address.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/nobody_there.ts
 *
 * You see that 7 bytes were sent.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const gone = Deno.listenDatagram(local);
const { addr } = gone;
gone.close(); // From now on nobody listens there.

const s = Deno.listenDatagram(local);
const n = await s.send(new TextEncoder().encode("Michael"), addr);
console.log(`${n} bytes sent`);
s.close();
