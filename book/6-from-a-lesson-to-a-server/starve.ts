/**
 * 500 busy clients: a plain server hardly serves some of them.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/starve.ts
 *
 * You see whether some clients got less than a fiftieth of what others got.
 */
const [request, response] = [new Uint8Array(1), new Uint8Array(1)];
for (const isFair of [false, true]) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const counts = new Array(500).fill(0);
  const clients = counts.map(() => Deno.connect({ port: listener.addr.port }));
  for (const _ of clients) echo(await listener.accept(), isFair);
  let most = 0;
  await Promise.all((await Promise.all(clients)).map(async (client, i) => {
    for (; most < 200; most = Math.max(most, ++counts[i])) {
      await client.write(request);
      await client.read(response);
    }
  }));
  const isStarving = Math.min(...counts) < most / 50;
  console.log(isFair ? "fair:" : "plain:", isStarving ? "some starve" : "fine");
}
Deno.exit();
async function echo(conn: Deno.TcpConn, isFair: boolean): Promise<void> {
  for (const byte = new Uint8Array(1); await conn.read(byte) !== null;) {
    if (isFair) await new Promise((resolve) => setTimeout(resolve, 0));
    await conn.write(byte);
  }
}
