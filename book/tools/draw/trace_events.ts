/** One event on a connection or socket. */
export interface TraceEvent {
  /** Its time, in seconds since the first line. */
  time: number;
  /** The protocol. */
  transport: "TCP" | "UDP";
  /** The side that wrote the trace, as it is written there. */
  local: string;
  /** The other side. */
  remote: string;
  /** The side that acted. */
  from: "local" | "remote";
  /** Its kind: bytes were sent, or something else happened. */
  what: "bytes" | "open" | "end" | "close" | "error";
  /** The number of bytes; 0 for other kinds. */
  length: number;
  /** The first of them. */
  bytes: Uint8Array;
}

const EVENT =
  /^(\d+\.\d{3}) (TCP|UDP) (\S+) (->|<-) (\S+) (?:(\d+) bytes?|(open|end|close|error))$/;
const DUMP = /^ {6}((?:[0-9a-f]{2} {1,2})+) *\|/;

/**
 * Reads a trace: what the scripts' `--trace` writes on standard error.
 *
 * Other lines are skipped, because errors and warnings are written there too.
 *
 * @param text The trace.
 * @returns The events, in order.
 *
 * @example
 * ```ts
 * import { parseTrace } from "./trace_events.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const [event] = parseTrace(`
 * 0.002 TCP 127.0.0.1:51234 -> 127.0.0.1:9999 5 bytes
 *       53 61 72 61 68                                    |Sarah|
 * `.trimStart());
 * assertEquals(event?.from, "local");
 * assertEquals(new TextDecoder().decode(event?.bytes), "Sarah");
 * ```
 */
export function parseTrace(text: string): TraceEvent[] {
  const events: TraceEvent[] = [];
  const dumps: string[][] = [];
  for (const line of text.split(/\r?\n/)) {
    const match = EVENT.exec(line);
    const [, time, transport, local = "", arrow, remote = "", length, what] =
      match ?? [];
    if (match !== null) {
      events.push({
        time: Number(time),
        transport: transport === "UDP" ? "UDP" : "TCP",
        local,
        remote,
        from: arrow === "->" ? "local" : "remote",
        what: (what ?? "bytes") as TraceEvent["what"],
        length: Number(length ?? 0),
        bytes: new Uint8Array(),
      });
      dumps.push([]);
    }
    dumps.at(-1)?.push(DUMP.exec(line)?.[1]?.replaceAll(" ", "") ?? "");
  }
  return events.map((event, i) => ({
    ...event,
    bytes: Uint8Array.fromHex(dumps[i]?.join("") ?? ""),
  }));
}
