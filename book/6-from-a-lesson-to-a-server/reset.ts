/**
 * A client resets its connection before it is accepted.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/reset.ts
 *
 * You see that the plain loop throws, and that TcpServer accepts the next client.
 */
import { connect } from "node:net"; // Deno's own sockets cannot reset at will.
import { TcpServer } from "../../lib/tcp/mod.ts";

/** A listener with two clients in its backlog: one that has reset, and a good one. */
async function listen(): Promise<Deno.TcpListener> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  const rude = connect(port, hostname, () => rude.resetAndDestroy());
  await new Promise((resolve) => rude.once("close", resolve));
  await Deno.connect({ hostname, port });
  return listener;
}

try {
  for await (const _ of await listen()) break;
} catch (error) {
  console.log("for await throws", (error as Error).name);
}
const server = new TcpServer(await listen());
console.log("TcpServer accepts", (await server.accept())?.remoteAddr.hostname);
Deno.exit();
