import { type Address, formatAddress } from "./address.ts";
import type { DatagramSocket, StreamConn } from "./sockets.ts";

/** How many bytes of each piece are shown. */
const SHOWN = 64;

/** Something that happens on a connection besides bytes. */
export type TraceEvent = "open" | "end" | "close" | "error";

/** Whose line it is. */
export interface Endpoints {
  /** The protocol: a stream is cut anywhere, a datagram is not. */
  transport: "TCP" | "UDP";
  /** This side. */
  local: Address;
  /** The other side. */
  remote: Address;
}

/**
 * Writes down what crosses the wire, for a reader.
 *
 * Each thing is one line, and what was in it follows in lines that begin with a
 * blank:
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
 * In front is the time since the first line, in seconds. This side stands to the
 * left; the arrow says who spoke. Behind it stands how many bytes one call has
 * moved, of which 64 are shown, or what happened: `open`, `end` (of input, or of
 * what this side sends), `close`, or `error`.
 *
 * @example
 * ```ts
 * import { Trace } from "./trace.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * const trace = new Trace((line) => lines.push(line), () => 0);
 * const local = { hostname: "127.0.0.1", port: 51234 };
 * const remote = { hostname: "127.0.0.1", port: 9999 };
 * const ends = { transport: "UDP" as const, local, remote };
 * trace.sent(ends, new TextEncoder().encode("Sarah"));
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
   * Begins a trace; the time counts from its first line.
   *
   * @param write Takes each line, without its end.
   * @param now Tells the time, in milliseconds from any beginning.
   */
  constructor(
    write: (line: string) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#write = write;
    this.#now = now;
  }

  /** Writes down what this side has sent. */
  sent(ends: Endpoints, bytes: Uint8Array): void {
    this.#bytes(ends, "->", bytes);
  }

  /** Writes down what this side has received. */
  received(ends: Endpoints, bytes: Uint8Array): void {
    this.#bytes(ends, "<-", bytes);
  }

  /** Writes down what this side has done. */
  did(ends: Endpoints, event: TraceEvent): void {
    this.#line(ends, "->", event);
  }

  /** Writes down what the other side has done, or what became of it. */
  saw(ends: Endpoints, event: TraceEvent): void {
    this.#line(ends, "<-", event);
  }

  #bytes(ends: Endpoints, arrow: "->" | "<-", bytes: Uint8Array): void {
    const { length } = bytes;
    this.#line(ends, arrow, `${length} ${length === 1 ? "byte" : "bytes"}`);
    for (const line of hexDump(bytes.subarray(0, SHOWN))) {
      this.#write(`      ${line}`);
    }
    if (length > SHOWN) this.#write(`      … ${length - SHOWN} more`);
  }

  #line({ transport, local, remote }: Endpoints, arrow: string, what: string) {
    const now = this.#now();
    this.#start ??= now;
    const seconds = ((now - this.#start) / 1_000).toFixed(3);
    this.#write(
      `${seconds} ${transport} ${formatAddress(local)} ${arrow} ${
        formatAddress(remote)
      } ${what}`,
    );
  }
}

/**
 * A connection that writes down what it moves, call by call.
 *
 * So a reader sees where TCP has cut: what one side wrote at once comes in two
 * reads, or two writes come in one.
 *
 * @param conn The connection.
 * @param trace Where it is written down.
 * @returns A connection that does the same.
 *
 * @example
 * ```ts
 * import { Trace } from "./trace.ts";
 * import { traceConn } from "./trace.ts";
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
  const ends: Endpoints = {
    transport: "TCP",
    local: conn.localAddr as Deno.NetAddr,
    remote: conn.remoteAddr as Deno.NetAddr,
  };
  let isOpen = true;
  trace.did(ends, "open");
  return {
    localAddr: conn.localAddr,
    remoteAddr: conn.remoteAddr,
    async read(p) {
      const n = await orError(conn.read(p));
      if (n === null) trace.saw(ends, "end");
      else trace.received(ends, p.subarray(0, n));
      return n;
    },
    async write(p) {
      const n = await orError(conn.write(p));
      trace.sent(ends, p.subarray(0, n));
      return n;
    },
    async closeWrite() {
      await orError(conn.closeWrite());
      trace.did(ends, "end");
    },
    [Symbol.dispose]() {
      if (isOpen) trace.did(ends, "close");
      isOpen = false;
      conn[Symbol.dispose]();
    },
  };

  async function orError<T>(operation: Promise<T>): Promise<T> {
    try {
      return await operation;
    } catch (error) {
      // What this side has closed itself is no news.
      if (isOpen) trace.saw(ends, "error");
      throw error;
    }
  }
}

/**
 * A socket that writes down each datagram that it sends and receives.
 *
 * @param socket The socket.
 * @param trace Where it is written down.
 * @returns A socket that does the same.
 *
 * @example
 * ```ts
 * import { Trace } from "./trace.ts";
 * import { traceDatagrams } from "./trace.ts";
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
  const endsWith = (remote: Deno.Addr): Endpoints => ({
    transport: "UDP",
    local: socket.addr as Deno.NetAddr,
    remote: remote as Deno.NetAddr,
  });
  return {
    addr: socket.addr,
    async receive(p) {
      const [datagram, sender] = await socket.receive(p);
      trace.received(endsWith(sender), datagram);
      return [datagram, sender];
    },
    async send(p, addr) {
      const n = await socket.send(p, addr);
      trace.sent(endsWith(addr), p);
      return n;
    },
    close: () => socket.close(),
  };
}

/** How many bytes one line shows. */
const WIDTH = 16;

/**
 * Shows bytes in hexadecimal and as text, 16 a line, as `hexdump -C` does.
 *
 * What is not a printable ASCII character is a dot in the text: nothing in it
 * can be an order to a terminal.
 *
 * @param bytes What to show.
 * @returns A line for each 16 bytes, none for none.
 *
 * @example
 * ```ts
 * import { hexDump } from "./trace.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(hexDump(new TextEncoder().encode("Hello, 小明!")), [
 *   "48 65 6c 6c 6f 2c 20 e5  b0 8f e6 98 8e 21        |Hello, ......!|",
 * ]);
 * ```
 */
export function hexDump(bytes: Uint8Array): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const row = bytes.subarray(at, at + WIDTH);
    lines.push(`${hexOf(row)}  |${textOf(row)}|`);
  }
  return lines;
}

function hexOf(row: Uint8Array): string {
  const pairs = Array.from(
    row,
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  const halves = [pairs.slice(0, WIDTH / 2), pairs.slice(WIDTH / 2)];
  return halves.map((half) => half.join(" ").padEnd(WIDTH * 3 / 2 - 1)).join(
    "  ",
  );
}

function textOf(row: Uint8Array): string {
  return Array.from(
    row,
    (byte) => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".",
  ).join("");
}
