import type { StreamConn } from "./stream_conn.ts";

/** How long to wait for the peer to close its side, in milliseconds. */
export const LINGER = 1_000;

/** Where what the peer still sends goes; it is never looked at, so one will do. */
const SCRAPS = new Uint8Array(1_024);

/**
 * Closes a connection so that the peer receives all that was written to it.
 *
 * A plain `close()` while input is still unread makes the kernel send a reset,
 * and a reset throws away what the peer has not read yet: the last answer. So
 * this side stops sending first (the peer reads the end of input), takes in what
 * still comes, and closes when the peer has closed or the time is up. RFC 9112,
 * 9.6 asks HTTP servers for the same.
 *
 * @param conn The connection; nothing may be reading from it.
 * @param limit The longest to wait for the peer, in milliseconds.
 *
 * @example
 * ```ts
 * import { lingeringClose } from "./lingering_close.ts";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const [peer, conn] = await Promise.all([
 *   Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
 *   listener.accept(),
 * ]);
 * await conn.write(new TextEncoder().encode("Good bye!"));
 * peer.close();
 * await lingeringClose(conn);
 * ```
 */
export async function lingeringClose(
  conn: StreamConn,
  limit: number = LINGER,
): Promise<void> {
  const timer = setTimeout(() => conn[Symbol.dispose](), limit);
  try {
    // The reading need not wait for this, and its failure is the read's too.
    conn.closeWrite().catch(() => {});
    while (await conn.read(SCRAPS) !== null);
  } catch {
    // The peer has reset the connection, or it was closed under the read: the
    // time was up. Either way nobody is left to be polite to.
  } finally {
    clearTimeout(timer);
    conn[Symbol.dispose]();
  }
}
