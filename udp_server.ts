/**
 * UDP server: greets each name that it receives.
 *
 *     deno run --allow-net=127.0.0.1 udp_server.ts
 *
 * In another terminal:
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" udp_client.ts Michael Tracy Sarah
 *
 * Here you see each datagram come:
 *
 *     Bind UDP on 9999...
 *     Received from 127.0.0.1:51234.
 *
 * Ctrl-C ends it. The permission has no port, because each client has one of its
 * own. Only programs on this machine reach 127.0.0.1. With `--hostname 0.0.0.0` the
 * whole network does, and a sender may be forged: the answer goes to another host. If
 * that one answers too, this server stops after three answers.
 */
import { run } from "./lib/cli/run.ts";
import { udpServerCommand } from "./lib/cli/server_commands.ts";
import { greeting, refusal } from "./lib/greeting.ts";
import { formatAddress } from "./lib/net/address.ts";
import { UdpServer } from "./lib/udp/server.ts";

/** More than any datagram has. One that does not fit would be cut off silently. */
const LARGEST = 65_535;

await run(udpServerCommand, async ({ hostname, port }, context) => {
  const { print, log, onError, trace, signal } = context;
  // socket() and bind(). UDP needs no listen() and no accept().
  const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
  using s = new UdpServer(socket, { onError, trace, signal });
  print(`Bind UDP on ${s.addr.port}...`);
  const buffer = new Uint8Array(LARGEST);
  while (true) {
    const received = await s.receive(buffer); // recvfrom()
    if (received === null) break; // Ctrl-C
    const [data, addr] = received;
    const reason = refusal(data, addr.port);
    if (reason !== null) {
      onError(new Error(`Not answered: ${reason}`), addr);
      continue;
    }
    log(`Received from ${formatAddress(addr)}.`);
    await s.send(greeting(data), addr); // sendto()
  }
});
