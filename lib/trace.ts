import { type Address, formatAddress } from "./address.ts";
import { hexDump } from "./hex_dump.ts";

/** How many bytes of each piece are shown. */
const SHOWN = 64;

/** Something that happens on a connection besides bytes. */
export type TraceEvent = "open" | "end" | "close" | "error";

/** Whose line it is. */
export interface Ends {
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
  sent(ends: Ends, bytes: Uint8Array): void {
    this.#bytes(ends, "->", bytes);
  }

  /** Writes down what this side has received. */
  received(ends: Ends, bytes: Uint8Array): void {
    this.#bytes(ends, "<-", bytes);
  }

  /** Writes down what this side has done. */
  did(ends: Ends, event: TraceEvent): void {
    this.#line(ends, "->", event);
  }

  /** Writes down what the other side has done, or what became of it. */
  saw(ends: Ends, event: TraceEvent): void {
    this.#line(ends, "<-", event);
  }

  #bytes(ends: Ends, arrow: "->" | "<-", bytes: Uint8Array): void {
    const { length } = bytes;
    this.#line(ends, arrow, `${length} ${length === 1 ? "byte" : "bytes"}`);
    for (const line of hexDump(bytes.subarray(0, SHOWN))) {
      this.#write(`      ${line}`);
    }
    if (length > SHOWN) this.#write(`      … ${length - SHOWN} more`);
  }

  #line({ transport, local, remote }: Ends, arrow: string, what: string) {
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
