import type { StreamConn } from "./stream_conn.ts";
import type { Ends, Trace } from "./trace.ts";

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
 * import { traceConn } from "./trace_conn.ts";
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
  const ends: Ends = {
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
