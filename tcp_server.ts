/**
 * TCP server: welcomes each client, and greets each name that it sends.
 *
 *     deno run --allow-net=127.0.0.1:9999 tcp_server.ts
 *
 * In other terminals, as many as you like:
 *
 *     deno run --allow-net=127.0.0.1:9999 tcp_client.ts Michael Tracy Sarah
 *
 * Here you see each client come and go:
 *
 *     Bind TCP on 9999...
 *     Accept new connection from 127.0.0.1:51234...
 *     Connection from 127.0.0.1:51234 closed.
 *
 * After Ctrl-C the server answers what it has already received, then stops. Only
 * programs on this machine reach 127.0.0.1. With `--hostname 0.0.0.0` everyone on the
 * network does, and there is neither a password nor encryption.
 */
import { run } from "./lib/cli/run.ts";
import { tcpServerCommand } from "./lib/cli/server_commands.ts";
import { greeting, isExit, WELCOME } from "./lib/greeting.ts";
import { formatAddress } from "./lib/net/address.ts";
import type { Connection } from "./lib/tcp/connection.ts";
import { TcpServer } from "./lib/tcp/server.ts";

/** Talks with one client until it says exit or closes the connection. */
export async function tcplink(
  sock: Connection,
  delay: number,
  log: (line: string) => void,
): Promise<void> {
  const addr = formatAddress(sock.remoteAddr);
  log(`Accept new connection from ${addr}...`);
  try {
    await sock.write(WELCOME);
    const buffer = new Uint8Array(1024);
    while (true) {
      const n = await sock.read(buffer);
      if (n === null) break; // Python's recv returns b'' here.
      await sock.sleep(delay); // time.sleep(1), but other clients are served.
      const name = buffer.subarray(0, n);
      if (isExit(name)) break;
      await sock.write(greeting(name));
    }
  } finally {
    await sock.close();
    log(`Connection from ${addr} closed.`);
  }
}

if (import.meta.main) {
  await run(tcpServerCommand, async (options, context) => {
    const { hostname, port, reusePort, delay } = options;
    const { maxConnections, idleTimeout, drainTimeout } = options;
    const { print, log, warn, onError, trace, signal } = context;
    const where = { hostname, port, reusePort, tcpBacklog: 4096 };
    const listener = Deno.listen(where); // bind() and listen()
    print(`Bind TCP on ${listener.addr.port}...`);
    const limits = { maxConnections, idleTimeout, drainTimeout, signal };
    const server = new TcpServer(listener, { ...limits, onError, warn, trace });
    while (true) {
      const sock = await server.accept();
      if (sock === null) break; // Ctrl-C was pressed
      // Python starts a thread for each client. Here it is a task: the loop goes on.
      server.spawn(sock, () => tcplink(sock, delay, log));
    }
    await server.shutdown();
  });
}
