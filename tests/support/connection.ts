/**
 * Raw connections for tests. Every wait on them ends within seconds, with a message
 * that shows what had come: a wrong answer fails a test, and does not hang it.
 */

import { deadline } from "@std/async/deadline";

const HOST = "127.0.0.1";

/** How long a wait on a connection may take, in milliseconds. */
export const LIMIT = 10_000;

/** The most bytes that a message shows. */
const SHOWN = 200;

/** Where and how to connect. */
export interface ConnectOptions {
  /** The server's address; otherwise 127.0.0.1. */
  hostname?: string;
  /** How long each wait may take, in milliseconds. */
  limit?: number;
}

/** Connects to a server. The connection is {@linkcode bounded}. */
export async function connect(
  port: number,
  { hostname = HOST, limit = LIMIT }: ConnectOptions = {},
): Promise<Deno.TcpConn> {
  const connecting = Deno.connect({ hostname, port });
  return bounded(
    await within(connecting, limit, () => `${hostname}:${port} did not accept`),
    limit,
  );
}

/** Accepts the next connection of a listener. It is {@linkcode bounded}. */
export async function accept<T extends Deno.Conn>(
  listener: { accept(): Promise<T>; close(): void },
  limit = LIMIT,
): Promise<T> {
  const accepting = listener.accept();
  return bounded(
    await within(accepting, limit, () => {
      listener.close();
      return "No connection came";
    }),
    limit,
  );
}

/** Receives the next datagram of a socket. */
export async function receive(
  socket: Deno.DatagramConn,
  limit = LIMIT,
): Promise<[datagram: Uint8Array, sender: Deno.Addr]> {
  return await within(socket.receive(new Uint8Array(65_535)), limit, () => {
    socket.close();
    return "No datagram came";
  });
}

/**
 * Bounds each read and write of a connection: one that takes too long closes the
 * connection, and fails with what had come before.
 */
export function bounded<T extends Deno.Conn>(conn: T, limit = LIMIT): T {
  const read = conn.read.bind(conn);
  const write = conn.write.bind(conn);
  const first: number[] = [];
  let count = 0;
  const late = (what: string) => () => {
    conn.close();
    const text = new TextDecoder().decode(new Uint8Array(first));
    const cut = count > SHOWN ? "…" : "";
    return `${what}; ${count} bytes had come before: ${
      JSON.stringify(text)
    }${cut}`;
  };
  return Object.assign(conn, {
    async read(p: Uint8Array): Promise<number | null> {
      const n = await within(read(p), limit, late("Nothing came"));
      for (const byte of p.subarray(0, n ?? 0)) {
        if (first.length === SHOWN) break;
        first.push(byte);
      }
      count += n ?? 0;
      return n;
    },
    async write(p: Uint8Array): Promise<number> {
      return await within(write(p), limit, late("Nothing was taken"));
    },
  });
}

/** Waits for a promise, or fails; `late` gives up and says what did not happen. */
async function within<T>(
  promise: Promise<T>,
  limit: number,
  late: () => string,
): Promise<T> {
  try {
    return await deadline(promise, limit);
  } catch (error) {
    const isLate = error instanceof DOMException &&
      error.name === "TimeoutError";
    if (!isLate) throw error;
    promise.catch(() => {}); // It ends with what `late` closes.
    throw new Error(`${late()} (within ${limit} ms)`);
  }
}
