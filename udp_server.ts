/**
 * UDP server: greets every name it receives, whoever has sent it.
 *
 *     deno run --allow-net=127.0.0.1 udp_server.ts
 *
 * In another terminal:
 *
 *     deno run --allow-net=127.0.0.1:0,127.0.0.1:9999 udp_client.ts Michael Tracy Sarah
 *
 * Here you see each datagram come:
 *
 *     Bind UDP on 9999...
 *     Received from 127.0.0.1:51234.
 *
 * Ctrl-C ends it. The permission has no port, for each client has one of its
 * own. Only programs on this machine reach 127.0.0.1. With `--hostname 0.0.0.0`
 * anyone does, and anyone may forge the sender that the answer goes to.
 */
import { formatAddress, formatHostname } from "./lib/net/address.ts";
import { udpServer, type UdpServerOptions } from "./lib/cli/commands.ts";
import { DatagramReceiver } from "./lib/udp/server.ts";
import type { DatagramSocket } from "./lib/net/sockets.ts";
import { explainError } from "./lib/cli/errors.ts";
import { GreetingBuffer } from "./lib/greeting_buffer.ts";
import type { ScriptOutput } from "./lib/cli/run.ts";
import { runServer, type ServerMain } from "./lib/cli/run_server.ts";
import { datagramTracer } from "./lib/cli/tracer.ts";

/** More than any datagram has. One that does not fit would be cut off silently. */
const LARGEST = 65_535;

/** Answers each datagram until the signal is aborted. */
export async function serve(
  s: DatagramSocket,
  { quiet }: UdpServerOptions,
  { print, note }: ScriptOutput,
  signal: AbortSignal,
): Promise<void> {
  const receiver = new DatagramReceiver(s, { signal });
  const data = new GreetingBuffer(LARGEST);
  const attempt = { action: "talk to", transport: "UDP" } as const;
  while (true) {
    const received = await receiver.receive(data.room);
    if (received === null) break;
    const [datagram, addr] = received;
    if (!quiet) print(`Received from ${formatAddress(addr)}.`);
    try {
      await s.send(data.greeting(datagram.length), addr);
    } catch (error) {
      // One that cannot be answered, by its length or its sender's address, is
      // no reason to leave the others without an answer.
      if (quiet) continue;
      note(explainError(error, { ...addr, ...attempt }).message);
    }
  }
}

const main: ServerMain<UdpServerOptions> = async (options, output, crew) => {
  const { hostname, port } = options;
  const traced = await datagramTracer(options, output.trace);
  try {
    const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
    // A UDP socket needs no listen() and no accept().
    output.print(`Bind UDP on ${(socket.addr as Deno.NetAddr).port}...`);
    await serve(traced(socket), options, output, crew.signal);
  } catch (error) {
    throw explainError(error, {
      action: "listen on",
      transport: "UDP",
      hostname,
      port,
      allowNet: formatHostname(hostname),
    });
  }
};

if (import.meta.main) await runServer(udpServer, Deno.args, import.meta, main);
