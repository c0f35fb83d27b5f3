/**
 * TCP server: welcomes everyone who connects, and greets every name they send.
 *
 *     deno run --allow-net=127.0.0.1:9999 tcp_server.ts
 *
 * In another terminal, as often as you like and at the same time:
 *
 *     deno run --allow-net=127.0.0.1:9999 tcp_client.ts Michael Tracy Sarah
 *
 * Here you see each client come and go:
 *
 *     Bind TCP on 9999...
 *     Accept new connection from 127.0.0.1:51234...
 *     Connection from 127.0.0.1:51234 closed.
 *
 * Ctrl-C ends the conversations that are under way, and then the server. Only
 * programs on this machine reach 127.0.0.1. With `--hostname 0.0.0.0` anyone on
 * the network does, and there is neither password nor encryption here.
 */
import { Acceptor } from "./lib/tcp/_accept.ts";
import { formatAddress } from "./lib/net/address.ts";
import { tcpServer, type TcpServerOptions } from "./lib/cli/commands.ts";
import type { Connection } from "./lib/tcp/connection.ts";
import { ConnectionSet } from "./lib/tcp/server.ts";
import type { Crew } from "./lib/cli/crew.ts";
import { FairScheduler } from "./lib/tcp/_fair_scheduler.ts";
import { explainError } from "./lib/cli/errors.ts";
import { EXIT, WELCOME } from "./lib/greeting.ts";
import { GreetingBuffer } from "./lib/greeting_buffer.ts";
import { lineLength } from "./lib/line_length.ts";
import type { ScriptOutput } from "./lib/cli/run.ts";
import { runServer, type ServerMain } from "./lib/cli/run_server.ts";
import { equals } from "./lib/io/streams.ts";
import { connTracer } from "./lib/cli/tracer.ts";

/** The most bytes that one read returns, as in the tutorial's `recv(1024)`. */
const CHUNK = 1024;

/** How many may have connected and not been accepted yet: `listen(4096)`. */
const BACKLOG = 4096;

/** Talks with one client, from its welcome to its end. */
export async function tcplink(
  sock: Connection,
  addr: Deno.NetAddr,
  delay: number,
  print: (line: string) => void,
): Promise<void> {
  print(`Accept new connection from ${formatAddress(addr)}...`);
  try {
    await sock.write(WELCOME);
    const data = new GreetingBuffer(CHUNK);
    while (true) {
      // However the client cut its names, or the network: what is there now.
      const n = await sock.read(data.room);
      if (n === null) break; // Python's recv returns b'' here.
      await sock.pause(delay); // Others are served meanwhile.
      // Who types at `nc` sends the Enter too.
      const length = lineLength(data.name(n));
      if (equals(data.name(length), EXIT)) break;
      await sock.write(data.greeting(length));
    }
  } finally {
    await sock.end();
    print(`Connection from ${formatAddress(addr)} closed.`);
  }
}

/** Accepts clients until the signal is aborted, then lets them finish. */
export async function serve(
  listener: Deno.TcpListener,
  options: TcpServerOptions,
  { print, note, trace }: ScriptOutput,
  { size, signal, seats }: Crew,
): Promise<void> {
  const [log, complain] = options.quiet ? [() => {}, () => {}] : [print, note];
  const traced = await connTracer(options, trace);
  const attempt = { action: "talk to", transport: "TCP" } as const;
  const acceptor = new Acceptor(listener, { signal, note });
  // Where several listen, another one might take the connection to oneself.
  const loop = size > 1 ? null : await acceptor.connectToSelf(options.hostname);
  using turns = new FairScheduler(loop);
  const connections = new ConnectionSet({
    seats: seats(options.maxConnections),
    idleTimeout: options.idleTimeout,
    turns,
    onError: (error, peer) =>
      complain(explainError(error, { ...peer, ...attempt }).message),
  });
  while (true) {
    await connections.room(signal);
    const conn = await acceptor.accept();
    if (conn === null) break;
    // A thread each in Python, a task each here: nobody waits for it.
    connections.start(
      traced(conn),
      (sock) => tcplink(sock, conn.remoteAddr, options.delay, log),
    );
  }
  const cutOff = await connections.drain(options.drainTimeout);
  if (cutOff > 0) note(`Cut off ${cutOff} who had not taken the last answer`);
}

const main: ServerMain<TcpServerOptions> = async (options, output, crew) => {
  const { hostname, port } = options;
  const shared = { hostname, port, reusePort: crew.size > 1 };
  try {
    using listener = Deno.listen({ ...shared, tcpBacklog: BACKLOG });
    const bound = listener.addr.port;
    if (await crew.isFirst(bound)) output.print(`Bind TCP on ${bound}...`);
    await serve(listener, options, output, crew);
  } catch (error) {
    const attempt = { action: "listen on", transport: "TCP" } as const;
    throw explainError(error, { ...attempt, hostname, port });
  }
};

if (import.meta.main) await runServer(tcpServer, Deno.args, import.meta, main);
