/**
 * Answer: a relay that tells the server who the client is, by the PROXY protocol.
 *
 *     deno run "--allow-net=127.0.0.1:9999,127.0.0.1:9998" book/7-after-the-tutorial/answers/relay_proxy.ts 9999 9998
 *
 * The server behind it is examples/deploy/behind_proxy.ts with `--port 9998`: its
 * lines have the port of the client, and not that of the relay.
 */
import { Connection, serveTcp } from "../../../lib/tcp/mod.ts";
import { joinConnections } from "../../../examples/join_connections.ts";

const [listen = 9999, port = 9998] = Deno.args.map(Number);
const idleTimeout = 300_000;
const server = serveTcp({ port: listen, idleTimeout }, async (near) => {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await using far = new Connection(conn, { idleTimeout });
  // Both addresses and both ports, as the client's connection has them.
  const { localAddr: to, remoteAddr: from } = near;
  const addresses = `${from.hostname} ${to.hostname} ${from.port} ${to.port}`;
  await far.write(new TextEncoder().encode(`PROXY TCP4 ${addresses}\r\n`));
  await joinConnections(near, far, (error) => console.error(error));
});
console.log(`Bind TCP on ${server.addr.port}...`);
