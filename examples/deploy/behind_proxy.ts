/**
 * TCP server behind a proxy that sends the PROXY protocol, such as HAProxy and nginx:
 * tcp_server.ts, whose lines name the client and not the proxy.
 *
 *     deno run --allow-net=127.0.0.1:9998 examples/deploy/behind_proxy.ts --port 9998
 *
 * It takes the options of tcp_server.ts. haproxy.cfg and nginx.conf, beside this file,
 * are proxies in front of it. You see what tcp_server.ts prints, and a line for each
 * connection without the header. Anyone can send such a header, so let the proxy alone
 * reach the server (a line for the firewall). Ctrl-C ends it.
 */
import {
  type Command,
  type OptionsOf,
  run,
  tcpServerCommand,
} from "../../lib/cli/mod.ts";
import { behindProxy, serveTcp } from "../../lib/tcp/mod.ts";
import { tcplink } from "../../tcp_server.ts";

const { options } = tcpServerCommand;
const command: Command<OptionsOf<typeof options>> = {
  script: "behind_proxy.ts",
  summary: "TCP server behind a proxy that sends the PROXY protocol.",
  options,
  isServer: true,
  attempt: (to) => ({ action: "listen on", transport: "TCP", ...to }),
};

await run(command, async (options, context) => {
  const { delay } = options;
  const onListen = ({ port }: Deno.NetAddr) =>
    context.print(`Bind TCP on ${port}...`);
  // A connection begins with the header. The handler gets what comes behind it.
  const handler = behindProxy((sock) => tcplink(sock, delay, context.log));
  await serveTcp({ ...options, ...context, onListen }, handler).finished;
});
