/**
 * Joins two TCP connections, for relay.ts: what comes from one goes to the other.
 *
 * The sockets are those of `node:net`, which Deno has too, because `Deno.TcpConn`
 * cannot send a reset.
 */
import type { Socket } from "node:net";
import { IdleTimeoutError } from "../lib/tcp/mod.ts";

/** For both: the end of one direction leaves the other open, and no byte waits. */
export const SOCKET_OPTIONS = { allowHalfOpen: true, noDelay: true };

/**
 * Joins two connections until both directions have ended.
 *
 * @param near One connection.
 * @param far The other, which may still be connecting.
 * @param idleTimeout How long no byte may move, in milliseconds; 0: no limit.
 * @param report Takes what ended the connections before their time.
 */
export function joinSockets(
  near: Socket,
  far: Socket,
  idleTimeout: number,
  report: (error: Error, from: Socket) => void,
): void {
  // A pipe reads no more than the other side takes, and passes the end on.
  near.pipe(far).pipe(near);
  for (const socket of [near, far]) {
    const fail = (error: Error) => {
      report(error, socket);
      // A plain close would tell the other side that this was all.
      near.resetAndDestroy();
      far.resetAndDestroy();
    };
    socket.on("error", fail);
    socket.setTimeout(idleTimeout, () => {
      fail(new IdleTimeoutError(idleTimeout));
    });
  }
}
