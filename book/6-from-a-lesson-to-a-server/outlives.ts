/**
 * To close a listener does not end the connections.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/outlives.ts
 *
 * You see whether a client is answered after listener.close(), and after shutdown().
 */
import { type Connection, serveTcp } from "../../lib/tcp/mod.ts";

async function echo(conn: Deno.TcpConn | Connection): Promise<void> {
  const byte = new Uint8Array(1);
  while (await conn.read(byte) !== null) await conn.write(byte);
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const first = await Deno.connect({ port: listener.addr.port });
echo(await listener.accept());
listener.close();
await first.write(new Uint8Array(1));
console.log("listener.close():", await first.read(new Uint8Array(1)));

const server = serveTcp({ port: 0 }, echo);
const second = await Deno.connect({ port: server.addr.port });
await server.shutdown();
await second.write(new Uint8Array(1)).catch(() => {});
console.log("shutdown():", await second.read(new Uint8Array(1)));
Deno.exit();
