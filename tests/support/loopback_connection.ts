import { connect } from "node:net";
import type { Reader } from "../../lib/io/streams.ts";
import { bounded } from "./connection.ts";

/**
 * Both ends of one connection over loopback, closed with the block. The peer's reads
 * and writes are bounded.
 */
export interface Pair extends Disposable {
  ours: Deno.TcpConn;
  peers: Deno.TcpConn;
}

/** Opens a connection of this process to itself. */
export async function openPair(): Promise<Pair> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const [peers, ours] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
  return {
    ours,
    peers: bounded(peers),
    [Symbol.dispose]() {
      ours[Symbol.dispose]();
      peers[Symbol.dispose]();
    },
  };
}

/**
 * All that comes, up to the end of input.
 *
 * @throws {Error} If the end does not come in time, with what had come. The
 * connection is closed then.
 */
export async function readToEnd(
  conn: Reader & { close(): void },
  limit = 30_000,
): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    conn.close(); // Ends the read.
  }, limit);
  try {
    for (let n; (n = await conn.read(buffer)) !== null;) {
      text += decoder.decode(buffer.subarray(0, n), { stream: true });
    }
  } catch (error) {
    if (!isLate) throw error;
    const { length } = text;
    throw new Error(
      `No end of input within ${limit} ms; ${length} characters had come: ` +
        JSON.stringify(text.slice(0, 200)) + (length > 200 ? "…" : ""),
    );
  } finally {
    clearTimeout(timer);
  }
  return text + decoder.decode();
}

/**
 * More than the kernel buffers for a peer that does not read. Windows takes a write of
 * any size as a whole while it has room, and only the next one waits.
 */
export const TOO_MUCH = new Uint8Array(32_000_000);

/** A connection, and what makes its peer reset it. */
export async function openToReset() {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  // Deno's own connections cannot be reset: close() sends an end of input first.
  const peers = connect(listener.addr.port, "127.0.0.1");
  const [ours] = await Promise.all([
    listener.accept(),
    new Promise((resolve) => peers.once("connect", resolve)),
  ]);
  const closed = new Promise((resolve) => peers.once("close", resolve));
  const reset = async () => {
    peers.resetAndDestroy();
    await closed;
  };
  return { ours, reset };
}

/** A connection that its peer has reset. */
export async function openReset(): Promise<Deno.TcpConn> {
  const { ours, reset } = await openToReset();
  await reset();
  return ours;
}
