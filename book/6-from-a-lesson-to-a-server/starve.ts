/**
 * 500 busy clients: a plain server hardly serves some of them.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/starve.ts
 *
 * You see whether some clients got less than a fiftieth of what others got.
 */
import { type Connection, serveTcp } from "../../lib/tcp/mod.ts";
async function echo(conn: Deno.TcpConn | Connection): Promise<void> {
  const byte = new Uint8Array(1);
  while (await conn.read(byte) !== null) await conn.write(byte);
}
async function measure(name: string, port: number): Promise<void> {
  const answers = new Array(500).fill(0);
  const clients = await Promise.all(answers.map(() => Deno.connect({ port })));
  let most = 0;
  await Promise.all(clients.map(async (client, i) => {
    for (; most < 200; most = Math.max(most, ++answers[i])) {
      await client.write(new Uint8Array(1));
      await client.read(new Uint8Array(1));
    }
  }));
  const starve = Math.min(...answers) < most / 50;
  console.log(name, starve ? "lets some starve" : "serves all");
}
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
Array.fromAsync(listener, (conn) => void echo(conn));
await measure("for await", listener.addr.port);
await measure("serveTcp", serveTcp({ port: 0 }, echo).addr.port);
Deno.exit();
