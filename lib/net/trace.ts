import { type Address, formatAddress } from "./address.ts";
import type { DatagramSocket, StreamConn } from "./sockets.ts";

/** The number of bytes shown of each read, write and datagram. */
const SHOWN = 64;

/** The number of bytes in one line. */
const WIDTH = 16;

/** An event on a connection other than bytes moved; `end` is that of one direction. */
export type TraceEvent = "open" | "end" | "close" | "error";

/** The two sides that a line of a trace is about. */
export interface Endpoints {
  /** The protocol. */
  transport: "TCP" | "UDP";
  /** This side's address. */
  local: Address;
  /** The peer's address. */
  remote: Address;
}

/**
 * Formats a log of what crosses the wire.
 *
 * Each event is one line. The bytes follow in lines that begin with a blank:
 *
 * ```text
 * 0.000 TCP 127.0.0.1:51234 -> 127.0.0.1:9999 open
 * 0.001 TCP 127.0.0.1:51234 <- 127.0.0.1:9999 8 bytes
 *       57 65 6c 63 6f 6d 65 21                           |Welcome!|
 * 0.002 TCP 127.0.0.1:51234 -> 127.0.0.1:9999 7 bytes
 *       4d 69 63 68 61 65 6c                              |Michael|
 * 0.003 TCP 127.0.0.1:51234 <- 127.0.0.1:9999 end
 * ```
 *
 * A line begins with the time since the first line, in seconds. Then come this side's
 * address, an arrow in the direction of the bytes, and the peer's address. At the end
 * stands the number of bytes that one call has moved, of which 64 are shown, or an
 * event: `open`, `end` (of the input, or of what this side sends), `close`, `error`.
 *
 * @example
 * ```ts
 * import { Trace } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const trace = new Trace((line) => lines.push(line), () => 0);
 * const local = { hostname: "127.0.0.1", port: 51234 };
 * const remote = { hostname: "127.0.0.1", port: 9999 };
 * const endpoints = { transport: "UDP" as const, local, remote };
 * trace.log(endpoints, "->", new TextEncoder().encode("Sarah"));
 * assertEquals(lines, [
 *   "0.000 UDP 127.0.0.1:51234 -> 127.0.0.1:9999 5 bytes",
 *   "      53 61 72 61 68                                    |Sarah|",
 * ]);
 * ```
 */
export class Trace {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  #start: number | null = null;

  /**
   * Makes a trace without lines. One trace may serve several connections.
   *
   * @param write Called with each line, without a line end. What it throws, at once or
   * later, is printed on standard error, and ends nothing.
   * @param now The clock, in milliseconds.
   */
  constructor(
    write: (line: string) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#write = guarded(write);
    this.#now = now;
  }

  /**
   * Logs one event.
   *
   * @param endpoints The two sides.
   * @param arrow `->` if this side has caused it, `<-` if the peer or the network has.
   * @param what The event, or the bytes that were moved.
   */
  log(
    { transport, local, remote }: Endpoints,
    arrow: "->" | "<-",
    what: TraceEvent | Uint8Array,
  ): void {
    const now = this.#now();
    this.#start ??= now;
    const seconds = ((now - this.#start) / 1_000).toFixed(3);
    const [from, to] = [local, remote].map(formatAddress);
    const head = `${seconds} ${transport} ${from} ${arrow} ${to}`;
    if (typeof what === "string") return this.#write(`${head} ${what}`);
    const { length } = what;
    this.#write(`${head} ${length} ${length === 1 ? "byte" : "bytes"}`);
    const shown = what.subarray(0, SHOWN);
    for (let at = 0; at < shown.length; at += WIDTH) {
      this.#write(`      ${hexDump(shown.subarray(at, at + WIDTH))}`);
    }
    if (length > SHOWN) this.#write(`      … ${length - SHOWN} more`);
  }
}

/**
 * Formats up to 16 bytes in hexadecimal and as text, as `hexdump -C` does. A byte that
 * is not a printable ASCII character is a dot in the text.
 */
function hexDump(row: Uint8Array): string {
  const pairs = row.toHex().replace(/../g, "$& ");
  const hex = `${pairs.slice(0, 24)} ${pairs.slice(24)}`;
  const text = String.fromCharCode(...row).replace(/[^ -~]/g, ".");
  return `${hex.padEnd(50)}|${text}|`;
}

/**
 * Wraps a connection so that each call is logged.
 *
 * The log shows where TCP has cut the stream: one write may arrive in two reads, and
 * two writes in one.
 *
 * @param conn The connection.
 * @param trace The log.
 * @returns A connection that does the same as `conn`.
 *
 * @example
 * ```ts
 * import { Trace, traceConn } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const conn = await Deno.connect({
 *   hostname: "127.0.0.1",
 *   port: listener.addr.port,
 * });
 * const lines: string[] = [];
 * using traced = traceConn(conn, new Trace((line) => lines.push(line)));
 * await traced.write(new TextEncoder().encode("Sarah"));
 * assertEquals(lines[1]?.endsWith(" 5 bytes"), true);
 * (await listener.accept()).close();
 * ```
 */
export function traceConn(conn: StreamConn, trace: Trace): StreamConn {
  const endpoints: Endpoints = {
    transport: "TCP",
    local: conn.localAddr,
    remote: conn.remoteAddr,
  };
  const { handshake } = conn;
  let isOpen = true;
  trace.log(endpoints, "->", "open");
  return {
    localAddr: conn.localAddr,
    remoteAddr: conn.remoteAddr,
    async read(p) {
      const n = await tracingErrors(conn.read(p));
      if (n === null) trace.log(endpoints, "<-", "end");
      else trace.log(endpoints, "<-", p.subarray(0, n));
      return n;
    },
    async write(p) {
      const n = await tracingErrors(conn.write(p));
      trace.log(endpoints, "->", p.subarray(0, n));
      return n;
    },
    async closeWrite() {
      await tracingErrors(conn.closeWrite());
      trace.log(endpoints, "->", "end");
    },
    ...(handshake && {
      handshake: () => tracingErrors(handshake.call(conn)),
    }),
    [Symbol.dispose]() {
      if (isOpen) trace.log(endpoints, "->", "close");
      isOpen = false;
      conn[Symbol.dispose]();
    },
  };

  async function tracingErrors<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      // An operation that this side interrupted by closing is not the peer's error.
      if (isOpen) trace.log(endpoints, "<-", "error");
      throw error;
    }
  }
}

/**
 * Wraps a UDP socket so that each datagram sent and received is logged.
 *
 * @param socket The socket.
 * @param trace The log.
 * @returns A socket that does the same as `socket`.
 *
 * @example
 * ```ts
 * import { Trace, traceDatagrams } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const socket = traceDatagrams(
 *   Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
 *   new Trace((line) => lines.push(line)),
 * );
 * await socket.send(new TextEncoder().encode("Sarah"), socket.addr);
 * await socket.receive();
 * socket.close();
 * assertEquals(lines.length, 4);
 * ```
 */
export function traceDatagrams(
  socket: DatagramSocket,
  trace: Trace,
): DatagramSocket {
  const endpoints = (remote: Deno.Addr): Endpoints => ({
    transport: "UDP",
    local: socket.addr as Deno.NetAddr,
    remote: remote as Deno.NetAddr,
  });
  return {
    addr: socket.addr,
    async receive(p) {
      const [datagram, sender] = await socket.receive(p);
      trace.log(endpoints(sender), "<-", datagram);
      return [datagram, sender];
    },
    async send(p, addr) {
      const n = await socket.send(p, addr);
      trace.log(endpoints(addr), "->", p);
      return n;
    },
    close: () => socket.close(),
  };
}

/** A callback of the user, asynchronous or not, whose own errors are only printed. */
export function guarded<T extends unknown[]>(
  callback: (...args: T) => void,
): (...args: T) => void {
  return async (...args) => {
    try {
      await callback(...args);
    } catch (error) {
      console.error(error);
    }
  };
}
