/**
 * To close with unread input takes the last response away from the client.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/truncates.ts
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const data = new Uint8Array(1_000_000);
for (const isGentle of [false, true]) {
  const client = await Deno.connect({ port: listener.addr.port });
  const conn = await listener.accept();
  await client.write(new Uint8Array(1)); // The server does not read it.
  for (let sent = 0; sent < data.length;) {
    sent += await conn.write(data.subarray(sent));
  }
  if (isGentle) closeGently(conn);
  else conn.close();
  const response = new Response(client.readable).bytes();
  const result = await response.then(() => "all", () => "only a part");
  console.log(isGentle ? "closeGently:" : "close:", result, "has arrived");
}
listener.close();

async function closeGently(conn: Deno.TcpConn): Promise<void> {
  await conn.closeWrite(); // The client reads everything, and then the end.
  const rest = new Uint8Array(1024);
  const read = () => conn.read(rest).catch(() => null);
  const late = new Promise((resolve) => setTimeout(resolve, 1000, null));
  while (await Promise.race([read(), late]) !== null);
  conn.close();
}
