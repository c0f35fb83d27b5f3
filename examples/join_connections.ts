/** Joins two TCP connections, for relay.ts: what comes from one goes to the other. */
import type { Connection } from "../lib/tcp/mod.ts";

/**
 * Joins two connections until both directions have ended, or one connection has
 * failed: that aborts both.
 *
 * @param near One connection.
 * @param far The other.
 * @param report Takes the error, and the connection that has failed.
 */
export async function joinConnections(
  near: Connection,
  far: Connection,
  report: (error: unknown, failed: Connection) => void,
): Promise<void> {
  let hasFailed = false;
  const forward = async (from: Connection, to: Connection) => {
    const buffer = new Uint8Array(65_536);
    let current = from;
    try {
      while (true) {
        current = from;
        const n = await from.read(buffer);
        current = to;
        if (n === null) break;
        // The next read waits until the other side has taken this (backpressure).
        await to.write(buffer.subarray(0, n));
      }
      await to.closeWrite(); // The other direction stays open.
    } catch (error) {
      if (!hasFailed) report(error, current);
      hasFailed = true;
      near.abort();
      far.abort();
    }
  };
  await Promise.all([forward(near, far), forward(far, near)]);
}
