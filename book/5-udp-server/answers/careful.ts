/**
 * Exercise 2: the four cures in one server.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/answers/careful.ts
 *
 * With too_long.ts, loop.ts, not_text.ts and long_name.ts in another terminal you see
 * that it refuses what it should, and goes on.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const hello = new TextEncoder().encode("Hello, ");
const end = new TextEncoder().encode("!");

const s = Deno.listenDatagram(local);
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
while (true) {
  try {
    const [data, addr] = await s.receive();
    const { hostname, port } = addr as Deno.NetAddr;
    console.log(`Received from ${hostname}:${port}.`);
    if (data.length > 1024) throw new Error("The name is too long");
    const text = new TextDecoder().decode(data); // For the comparison only.
    if (port < 1024 || text.startsWith("Hello, ")) {
      throw new Error("A server may have sent it");
    }
    await s.send(new Uint8Array([...hello, ...data, ...end]), addr);
  } catch (error) {
    console.error((error as Error).message);
  }
}
