/**
 * One write of 8 MB: the kernel takes a part of it.
 *
 *     deno run --allow-net=127.0.0.1 book/1-tcp-client/large_write.ts
 *
 * You see that only a part has arrived.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const s = await Deno.connect({ port: listener.addr.port });
const arrived = count(await listener.accept());

const request = new Uint8Array(8_000_000);
await s.write(request);
s.close();
console.log(await arrived < request.length ? "a part" : "everything");

async function count(conn: Deno.TcpConn): Promise<number> {
  let sum = 0;
  const buffer = new Uint8Array(65_536);
  while (true) {
    const n = await conn.read(buffer);
    if (n === null) return sum;
    sum += n;
  }
}
