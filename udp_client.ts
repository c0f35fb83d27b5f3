/**
 * UDP client: sends names to the UDP server and prints its greetings.
 *
 *     deno run --allow-net=127.0.0.1:0,127.0.0.1:9999 udp_client.ts Michael Tracy Sarah
 *
 * With `udp_server.ts` in another terminal (or the tutorial's server in Python)
 * you see:
 *
 *     Hello, Michael!
 *     Hello, Tracy!
 *     Hello, Sarah!
 *
 * Without it you see that nobody answers. UDP does not tell: a datagram may be
 * lost, doubled or overtaken on its way, so this client waits for a second, asks
 * again, three times, and knows whose answer it takes. The first permission is
 * for a port of its own, any that is free.
 */
import { type Address, formatAddress } from "./lib/net/address.ts";
import { udpClient, type UdpClientOptions } from "./lib/cli/commands.ts";
import type { DatagramSocket } from "./lib/net/sockets.ts";
import { explainError } from "./lib/cli/errors.ts";
import { greeting } from "./lib/greeting.ts";
import { ipVersion } from "./lib/net/address.ts";
import { printable } from "./lib/text/printable.ts";
import { resolve } from "./lib/net/resolve.ts";
import { runScript, type ScriptOutput } from "./lib/cli/run.ts";
import { equals } from "./lib/io/streams.ts";
import { datagramTracer } from "./lib/cli/tracer.ts";
import { udpRequest } from "./lib/udp/client.ts";

/** Sends each name to the server, and prints the answer before the next. */
export async function ask(
  s: DatagramSocket,
  server: Address,
  { names, timeout, retries }: UdpClientOptions,
  { print }: ScriptOutput,
): Promise<void> {
  const earlier: Uint8Array[] = [];
  for (const name of names) {
    const data = new TextEncoder().encode(name);
    const expected = greeting(data);
    // The answer to an earlier name may come late, or twice: not to be printed
    // as the answer to this one.
    const isAnswer = (datagram: Uint8Array) =>
      equals(datagram, expected) ||
      !earlier.some((other) => equals(datagram, other));
    // sendto and recv, as often as it takes.
    const answer = await udpRequest(s, server, data, {
      timeout,
      retries,
      isAnswer,
    });
    print(printable(answer));
    earlier.push(expected);
  }
}

/** Where to send from: this machine alone, if the server is on it. */
function localHost(server: string): string {
  if (ipVersion(server) === 6) return server === "::1" ? "::1" : "::";
  return server.startsWith("127.") ? "127.0.0.1" : "0.0.0.0";
}

async function main(options: UdpClientOptions, output: ScriptOutput) {
  const { hostname: name, port } = options;
  let allowNet = name;
  const traced = await datagramTracer(options, output.trace);
  try {
    // An answer comes from an address, so the server's must be known.
    const hostname = await resolve(name);
    const local = { hostname: localHost(hostname), port: 0 };
    const needed = [formatAddress(local), formatAddress({ hostname, port })];
    if (name !== hostname) needed.push(name);
    allowNet = needed.join();
    const socket = Deno.listenDatagram({ transport: "udp", ...local });
    await ask(traced(socket), { hostname, port }, options, output);
    socket.close();
  } catch (error) {
    throw explainError(error, {
      action: "talk to",
      transport: "UDP",
      hostname: name,
      port,
      timeout: options.timeout,
      allowNet,
    });
  }
}

if (import.meta.main) await runScript(udpClient, Deno.args, main);
