/**
 * plain.ts, which reports an error and goes on.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/cures/survive.ts
 *
 * Start too_long.ts in another terminal: you see an error, and the next name is greeted.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
while (true) {
  try {
    const [data, addr] = await s.receive();
    const { hostname, port } = addr as Deno.NetAddr;
    console.log(`Received from ${hostname}:${port}.`);
    const name = new TextDecoder().decode(data);
    await s.send(new TextEncoder().encode(`Hello, ${name}!`), addr);
  } catch (error) {
    console.error((error as Error).message);
  }
}
