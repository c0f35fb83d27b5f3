/**
 * Connects standard input and output to a socket, as `nc` does.
 *
 *     deno run --allow-net=127.0.0.1:9999 examples/netcat.ts
 *
 * With tcp_server.ts in another terminal you see its welcome, and an answer to each
 * line that you type; Ctrl-D (on Windows Ctrl-Z and Enter) ends the input. `--listen`
 * waits for a connection instead of making one. `--udp` takes datagrams, and needs
 * --allow-net=127.0.0.1.
 */
import {
  CommandError,
  type Context,
  flag,
  type OptionsOf,
  run,
  seconds,
  tcpClientCommand,
  tcpServerCommand,
  UsageError,
  value,
} from "../lib/cli/mod.ts";
import { deadline } from "../lib/net/mod.ts";
import { Connection } from "../lib/tcp/mod.ts";
import { openUdp } from "./datagram_stream.ts";

const options = {
  hostname: tcpClientCommand.options.hostname,
  port: {
    ...tcpServerCommand.options.port,
    help: "Port to go to, or with --listen to wait at; 0: any free one",
  },
  listen: flag({ short: "l", help: "Wait for a peer at that address" }),
  udp: flag({ short: "u", help: "Datagrams (UDP) instead of a connection" }),
  timeout: value({
    short: "w",
    placeholder: "SECONDS",
    parse: seconds("above 0"),
    help: "Longest wait to connect, and while nothing comes or goes",
  }),
  trace: tcpClientCommand.options.trace,
};
type Options = OptionsOf<typeof options>;
let isOpen = false;

async function openTcp(options: Options, context: Context) {
  const { hostname, port, listen, timeout } = options;
  const limits = { ...context, idleTimeout: timeout };
  if (!listen) {
    const connecting = Deno.connect({ hostname, port });
    const conn = await deadline(connecting, timeout ?? Infinity, context);
    return new Connection(conn, limits);
  }
  using listener = Deno.listen({ hostname, port });
  console.error(`Bind TCP on ${listener.addr.port}...`);
  const conn = await deadline(accept(listener), Infinity, context);
  return new Connection(conn, limits);
}

/** Accepts a connection. One that the peer has reset before is passed over. */
function accept(listener: Deno.TcpListener): Promise<Deno.TcpConn> {
  return listener.accept().catch((error) => {
    if (/NotConn|Reset|Aborted/.test(error.name)) return accept(listener);
    throw error;
  });
}

type Stream = Pick<Connection, "read" | "write" | "closeWrite">;

/** Sends standard input to its end. The stream may still be read then. */
async function send(stream: Stream, buffer: Uint8Array): Promise<void> {
  for (let n; (n = await Deno.stdin.read(buffer)) !== null;) {
    await stream.write(buffer.subarray(0, n));
  }
  await stream.closeWrite();
}

/** Writes to standard output what comes, up to the end. */
async function receive(stream: Stream, { write }: Context): Promise<void> {
  const buffer = new Uint8Array(65_535); // No datagram is longer.
  for (let n; (n = await stream.read(buffer)) !== null;) {
    await write(buffer.subarray(0, n));
  }
}

/** Joins standard input and output to a stream, until both directions have ended. */
async function talk(options: Options, context: Context): Promise<void> {
  const { udp } = options;
  const stream = await (udp ? openUdp : openTcp)(options, context);
  isOpen = true;
  const received = receive(stream, context);
  // A datagram of 1,400 bytes fits into one packet of Ethernet.
  const sent = send(stream, new Uint8Array(udp ? 1_400 : 65_536));
  // A person does not have to end the input after the peer has gone.
  const isOver = udp || Deno.stdin.isTerminal();
  await Promise.all([received, isOver ? Promise.race([sent, received]) : sent]);
  context.signal.throwIfAborted();
  await stream.close();
}

await run({
  script: "netcat.ts",
  summary: "Connects standard input and output to a socket.",
  options,
  attempt: ({ listen, udp, ...to }) => ({
    ...to,
    action: listen && (udp || !isOpen) ? "listen on" : "talk to",
    transport: udp ? "UDP" : "TCP",
  }),
  check(options) {
    if (options.listen || options.port > 0) return options;
    throw new UsageError('Invalid --port "0": it needs --listen');
  },
}, (options, context) =>
  talk(options, context).catch((error) => {
    // Otherwise the words would be that it cannot listen, or talk.
    const { aborted, reason } = context.signal;
    throw aborted ? new CommandError(reason.message) : error;
  }));
Deno.exit(); // Standard input may still be read.
