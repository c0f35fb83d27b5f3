/**
 * UDP client: sends names to the UDP server and prints its greetings.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" udp_client.ts Michael Tracy Sarah
 *
 * With `udp_server.ts` in another terminal (or the tutorial's server in Python)
 * you see:
 *
 *     Hello, Michael!
 *     Hello, Tracy!
 *     Hello, Sarah!
 *
 * Without it you see that no answer came. UDP does not report it: a datagram may get
 * lost, arrive twice or out of order. So this client waits for a second and sends
 * again, three times, and accepts answers only from its server. The first permission is for
 * a port of its own, any that is free.
 */
import { udpClientCommand } from "./lib/cli/client_commands.ts";
import { run } from "./lib/cli/run.ts";
import { greeting } from "./lib/greeting.ts";
import { equals } from "./lib/io/streams.ts";
import { printable } from "./lib/text/printable.ts";
import { UdpClient } from "./lib/udp/client.ts";

await run(udpClientCommand, async (options, { print, trace, signal }) => {
  const { names, hostname, port, timeout, retries } = options;
  // A socket that sends needs no bind(): port 0 is any that is free.
  using s = new UdpClient(
    { hostname, port },
    (local) => Deno.listenDatagram({ transport: "udp", ...local }),
    { timeout, retries, trace, signal },
  );
  for (const name of names) {
    const data = new TextEncoder().encode(name);
    const expected = greeting(data);
    // sendto() and recv(), repeated until this name's greeting arrives.
    const answer = await s.request(data, (bytes) => equals(bytes, expected));
    print(printable(answer));
  }
});
