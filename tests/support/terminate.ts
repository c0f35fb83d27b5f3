/** A TCP server that is told to stop (SIGTERM) while clients wait for answers. */

import { greeting, WELCOME } from "../../lib/greeting.ts";
import type { Tally } from "./fault.ts";
import { comes, connect, ends, visit } from "./peers.ts";
import type { Process } from "./process.ts";

/** The server, and what its clients do. */
export interface Termination {
  /** The server. */
  process: Process;
  /** Where its clients connect: its own port, or that of a balancer. */
  port: number;
  /** What each of them sends. */
  name: Uint8Array;
  /** How many there are. */
  clients: number;
  tally: Tally;
}

/**
 * Ends a server while names wait in the kernel, those of further clients in the
 * listen backlog; each of them must be answered.
 *
 * @param arrived Waits until the names of so many clients are in the kernel.
 */
export async function terminateUnread(
  { process, port, name, clients, tally }: Termination,
  arrived: (clients: number) => Promise<void> = async () => {},
): Promise<void> {
  const conns = await Promise.all(
    Array.from({ length: clients }, () => visit(port)),
  );
  // Stopped, so that the names arrive and the server has read none of them.
  process.kill("SIGSTOP");
  for (const conn of conns) await conn.write(name);
  // And clients whose connections and names wait in the listen backlog.
  const late = await Promise.all(
    Array.from({ length: 100 }, () => connect(port)),
  );
  for (const conn of late) await conn.write(name);
  await arrived(conns.length + late.length);
  process.kill("SIGTERM");
  process.kill("SIGCONT");
  const answered = async (conn: Deno.TcpConn) =>
    await comes(conn, greeting(name)) && await ends(conn);
  const welcomed = async (conn: Deno.TcpConn) =>
    await comes(conn, WELCOME) && await answered(conn);
  await Promise.all([
    ...conns.map((conn) => tally.count(answered(conn))),
    ...late.map((conn) => tally.count(welcomed(conn))),
  ]);
  for (const conn of [...conns, ...late]) conn.close();
}

/**
 * Ends a server while its clients send names without a pause; each name that was
 * sent before must be answered.
 *
 * @param names How many names each client has sent when the server is ended.
 */
export async function terminateBusy(
  { process, port, name, clients, tally }: Termination,
  names: number,
): Promise<void> {
  const conns = await Promise.all(
    Array.from({ length: clients }, () => visit(port)),
  );
  let stopped = false;
  let warm = 0;
  const ready = Promise.withResolvers<void>();
  const busy = async (conn: Deno.TcpConn): Promise<boolean> => {
    for (let i = 0;; i++) {
      // Sent before the signal: it must be answered. Later, it may be.
      const owed = !stopped;
      try {
        await conn.write(name);
        if (!await comes(conn, greeting(name))) return false;
      } catch {
        return !owed; // The end of input, or a reset of what came too late.
      }
      if (i === names && ++warm === conns.length) ready.resolve();
      if (stopped) return true;
    }
  };
  const all = conns.map((conn) => tally.count(busy(conn)));
  await ready.promise;
  stopped = true;
  process.kill("SIGTERM");
  await Promise.all(all);
  for (const conn of conns) conn.close();
}
