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
 * Here you see connections open and close, and with `--trace` every byte that goes to
 * the server or comes from it. Ctrl-C ends it. Only programs on this machine can
 * connect.
 */
import {
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
  traceConn,
} from "../lib/net/mod.ts";
import { Connection, serveTcp } from "../lib/tcp/mod.ts";
import { joinConnections } from "./join_connections.ts";

const HERE = "127.0.0.1";

const { hostname, port: serverPort, timeout } = tcpClientCommand.options;
const { maxConnections, idleTimeout, drainTimeout, quiet, trace } =
  tcpServerCommand.options;
await run({
  script: "relay.ts",
  summary: "TCP relay: forwards each connection to a server.",
  options: {
    listen: value({
      placeholder: "PORT",
      default: "9997",
      parse: port(0),
      help: "Port to listen on; 0: any free one",
    }),
    ...{ hostname, port: serverPort },
    connectTimeout: { ...timeout, help: "Longest wait until it accepts" },
    ...{ maxConnections, idleTimeout, drainTimeout, quiet, trace },
  },
  isServer: true,
  attempt: ({ listen }) => (
    { action: "listen on", transport: "TCP", hostname: HERE, port: listen }
  ),
}, async (options, context) => {
  const { listen, hostname, port, connectTimeout, ...limits } = options;
  const { print, log, warn, onError, signal } = context;
  const target = { transport: "tcp", hostname, port } as const;
  // Otherwise Deno would ask for the server's permission while clients wait.
  const needed = allowNetOf([{ hostname: HERE, port: listen }, target]);
  if (!needed.every(isNetAllowed)) throw new NetAccessError(needed);
  const trace = context.trace && new Trace(context.trace);
  const end = new AbortController();

  async function connect(): Promise<Connection> {
    const late = AbortSignal.timeout(connectTimeout);
    const signal = AbortSignal.any([late, end.signal]);
    const conn = await Deno.connect({ hostname, port, signal });
    conn.setNoDelay();
    const { idleTimeout } = limits;
    const traced = trace ? traceConn(conn, trace) : conn;
    return new Connection(traced, { idleTimeout, signal: end.signal });
  }

  async function forward(near: Connection): Promise<void> {
    const client = near.remoteAddr;
    log(`Accept new connection from ${formatAddress(client)}...`);
    const report = (error: unknown, addr: Deno.NetAddr) => {
      if (!end.signal.aborted) onError(error, addr);
    };
    try {
      await using far = await connect();
      await joinConnections(near, far, (error, failed) => {
        report(error, failed === near ? client : target);
      });
    } catch (error) {
      report(error, target);
      near.abort();
    }
    log(`Connection from ${formatAddress(client)} closed.`);
  }

  const onListen = (addr: Deno.NetAddr) => print(`Bind TCP on ${addr.port}...`);
  const { maxConnections, idleTimeout, drainTimeout } = limits;
  await serveTcp({
    ...{ hostname: HERE, port: listen, signal, onError, warn, onListen },
    ...{ maxConnections, idleTimeout, drainTimeout },
  }, forward).finished;
  end.abort(); // What is left of connections to the server.
});
