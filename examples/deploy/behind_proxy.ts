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
import { run, tcpServerCommand } from "../../lib/cli/mod.ts";
import { behindProxy, serveTcp } from "../../lib/tcp/mod.ts";
import { tcplink } from "../../tcp_server.ts";

await run({
  ...tcpServerCommand,
  script: "behind_proxy.ts",
  summary: "TCP server behind a proxy that sends the PROXY protocol.",
}, async (options, context) => {
  const { hostname, port, reusePort, delay } = options;
  const { maxConnections, idleTimeout, drainTimeout } = options;
  const { print, log, warn, onError, trace, signal } = context;
  const where = { hostname, port, reusePort, tcpBacklog: 4096 };
  const limits = { maxConnections, idleTimeout, drainTimeout, signal };
  const onListen = (addr: Deno.NetAddr) => print(`Bind TCP on ${addr.port}...`);
  await serveTcp(
    { ...where, ...limits, onError, warn, trace, onListen },
    // A connection begins with the header. The handler gets what comes behind it.
    behindProxy((sock) => tcplink(sock, delay, log)),
  ).finished;
});
