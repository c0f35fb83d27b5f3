/**
 * Answer: a relay that tells the server who the client is, by the PROXY protocol.
 *
 *     deno run "--allow-net=127.0.0.1:9999,127.0.0.1:9998" book/7-after-the-tutorial/answers/relay_proxy.ts 9999 9998
 *
 * The server behind it is examples/deploy/behind_proxy.ts with `--port 9998`: its
 * lines have the port of the client, and not that of the relay.
 */
import { connect, createServer } from "node:net";
import { joinSockets, SOCKET_OPTIONS } from "../../../examples/join_sockets.ts";

const [listen = 9999, port = 9998] = Deno.args.map(Number);
const server = createServer(SOCKET_OPTIONS, (near) => {
  const far = connect({ host: "127.0.0.1", port, ...SOCKET_OPTIONS });
  // Both addresses and both ports, as the client's connection has them.
  const { remoteAddress, remotePort, localAddress, localPort } = near;
  far.write(
    `PROXY TCP4 ${remoteAddress} ${localAddress} ${remotePort} ${localPort}\r\n`,
  );
  joinSockets(near, far, 300_000, (error) => console.error(error.message));
});
server.listen(listen, "127.0.0.1", () => {
  const { port } = server.address() as { port: number };
  console.log(`Bind TCP on ${port}...`);
});
