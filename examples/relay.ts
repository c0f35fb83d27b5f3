/**
 * Forwards TCP connections: what a client sends to port 9999 goes to port 9998, and
 * what the server answers goes back.
 *
 *     deno run "--allow-net=127.0.0.1:9999,127.0.0.1:9998" examples/relay.ts --listen 9999 --port 9998
 *
 * In other terminals, a server behind it, and a client, which sees no difference:
 *
 *     deno run --allow-net=127.0.0.1:9998 tcp_server.ts --port 9998
 *     deno run --allow-net=127.0.0.1:9999 tcp_client.ts
 *
 * Here you see connections open and close, and with `--trace` every byte. Ctrl-C ends it.
 * Only programs on this machine can connect.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import {
  type Command,
  count,
  type OptionsOf,
  port,
  run,
  tcpClientCommand,
  tcpServerCommand,
  value,
} from "../lib/cli/mod.ts";
import {
  allowNetOf,
  formatAddress,
  isNetAllowed,
  NetAccessError,
  Trace,
} from "../lib/net/mod.ts";
import { joinSockets, SOCKET_OPTIONS } from "./join_sockets.ts";

const HERE = "127.0.0.1";

const address = (hostname: string, port = 0) => (
  { transport: "tcp", hostname, port } as const
);

/** Traces what comes from one side. */
function traceSocket(socket: Socket, remote: Deno.NetAddr, trace: Trace): void {
  const local = address(HERE, socket.localPort);
  const endpoints = { transport: "TCP" as const, local, remote };
  socket.on("data", (bytes: Uint8Array) => trace.log(endpoints, "<-", bytes));
  socket.on("end", () => trace.log(endpoints, "<-", "end"));
  socket.on("error", () => trace.log(endpoints, "<-", "error"));
}

const { idleTimeout, quiet, trace } = tcpServerCommand.options;
const options = {
  listen: value({
    placeholder: "PORT",
    default: "9997",
    parse: port(0),
    help: "Port to listen on; 0: any free one",
  }),
  hostname: tcpClientCommand.options.hostname,
  port: tcpClientCommand.options.port,
  maxConnections: value({
    placeholder: "COUNT",
    default: "1000",
    parse: count(1),
    help: "Maximum concurrent connections; further ones are reset",
  }),
  idleTimeout,
  quiet,
  trace,
};

const relay: Command<OptionsOf<typeof options>> = {
  script: "relay.ts",
  summary: "TCP relay: forwards each connection to a server.",
  options,
  isServer: true,
  attempt: ({ listen }) => (
    { action: "listen on", transport: "TCP", hostname: HERE, port: listen }
  ),
};

await run(relay, async (options, context) => {
  const { listen, hostname: host, port, idleTimeout } = options;
  const target = address(host, port);
  // Node's sockets would throw where no handler of this program catches it.
  const needed = allowNetOf([address(HERE, listen), target]);
  if (!needed.every(isNetAllowed)) throw new NetAccessError(needed);
  const trace = context.trace ? new Trace(context.trace) : null;
  const open = new Map<Socket, Socket>();
  const server = createServer(SOCKET_OPTIONS, (near) => {
    if (open.size === options.maxConnections) {
      near.resetAndDestroy();
      return;
    }
    const client = address(HERE, near.remotePort);
    const far = connect({ host, port, ...SOCKET_OPTIONS });
    open.set(near, far);
    context.log(`Accept new connection from ${formatAddress(client)}...`);
    near.on("close", () => {
      open.delete(near);
      context.log(`Connection from ${formatAddress(client)} closed.`);
    });
    if (trace) traceSocket(near, client, trace);
    if (trace) far.on("connect", () => traceSocket(far, target, trace));
    joinSockets(near, far, idleTimeout, (error, socket) => {
      context.onError(error, socket === near ? client : target);
    });
  });
  server.listen(listen, HERE);
  await once(server, "listening");
  context.print(`Bind TCP on ${(server.address() as AddressInfo).port}...`);
  await once(context.signal, "abort");
  server.close();
  for (const pair of open) for (const socket of pair) socket.resetAndDestroy();
});
