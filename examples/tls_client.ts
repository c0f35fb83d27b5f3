/**
 * TCP client inside TLS: knows by its certificate that it talks to the right server,
 * and then sends names and prints greetings, as tcp_client.ts does.
 *
 *     deno run --cert=cert.pem --allow-net=localhost:9999 examples/tls_client.ts Michael Tracy Sarah
 *
 * tls_server.ts says how to make cert.pem. `--cert` makes Deno trust it; without it
 * Deno trusts the authorities that browsers trust. The name in --hostname must be a
 * name in the certificate.
 */
import {
  CommandError,
  hostname,
  run,
  tcpClientCommand,
  value,
} from "../lib/cli/mod.ts";
import { deadline } from "../lib/net/mod.ts";
import { Connection } from "../lib/tcp/mod.ts";
import { converse } from "../tcp_client.ts";

/** The name of the tutorial's protocol in the handshake (ALPN). */
const PROTOCOL = "greeting/1";

const { names, port, timeout, trace } = tcpClientCommand.options;
await run({
  script: "tls_client.ts",
  summary: "TLS client: sends names to the server and prints its greetings.",
  options: {
    names,
    hostname: value({
      short: "H",
      placeholder: "HOST",
      default: "localhost",
      parse: hostname,
      help: "Host of the server, by a name or address in its certificate",
    }),
    ...{ port, timeout, trace },
  },
  attempt: (to) => ({ action: "talk to", transport: "TLS", ...to }),
}, async (options, context) => {
  const { hostname, port, names, timeout } = options;
  const { print, signal, trace } = context;
  const where = { hostname, port, alpnProtocols: [PROTOCOL] };
  const connecting = Deno.connectTls(where);
  const conn = await deadline(connecting, timeout, { signal });
  await using s = new Connection(conn, { idleTimeout: timeout, signal, trace });
  const tls = await s.handshake(); // Fails if the certificate is not right.
  if (tls?.alpnProtocol !== PROTOCOL) {
    throw new CommandError(`The server does not speak ${PROTOCOL} (ALPN)`);
  }
  await converse(s, names, print);
});
