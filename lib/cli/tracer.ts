import type { DatagramSocket, StreamConn } from "../net/sockets.ts";

/** How a {@linkcode connTracer} or a {@linkcode datagramTracer} is made. */
export interface TracerOptions {
  /** Whether to trace at all. */
  trace: boolean;
}

/**
 * Makes what puts a trace on connections, if one is wanted. If none is, then the
 * modules that make it are not even loaded.
 *
 * @param options Whether one is wanted.
 * @param write Takes each line of the trace, without its end.
 * @returns A function that wraps a connection, or hands it back as it is.
 *
 * @example
 * ```ts
 * import { connTracer } from "./tracer.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const traced = await connTracer({ trace: false }, console.error);
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * using conn = await Deno.connect({
 *   hostname: "127.0.0.1",
 *   port: listener.addr.port,
 * });
 * assertEquals(traced(conn) === conn, true);
 * (await listener.accept()).close();
 * ```
 */
export async function connTracer(
  { trace }: TracerOptions,
  write: (line: string) => void,
): Promise<(conn: StreamConn) => StreamConn> {
  if (!trace) return (conn) => conn;
  const { Trace } = await import("../net/trace.ts");
  const { traceConn } = await import("../net/trace.ts");
  // One for all connections: their lines count from one beginning.
  const lines = new Trace(write);
  return (conn) => traceConn(conn, lines);
}

/**
 * The same as {@linkcode connTracer}, for UDP sockets.
 *
 * @param options Whether a trace is wanted.
 * @param write Takes each line of the trace, without its end.
 * @returns A function that wraps a socket, or hands it back as it is.
 *
 * @example
 * ```ts
 * import { datagramTracer } from "./tracer.ts";
 *
 * const traced = await datagramTracer({ trace: true }, (line) => {
 *   console.error("%s", line);
 * });
 * const socket = traced(
 *   Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
 * );
 * await socket.send(new TextEncoder().encode("Sarah"), socket.addr);
 * socket.close();
 * ```
 */
export async function datagramTracer(
  { trace }: TracerOptions,
  write: (line: string) => void,
): Promise<(socket: DatagramSocket) => DatagramSocket> {
  if (!trace) return (socket) => socket;
  const { Trace } = await import("../net/trace.ts");
  const { traceDatagrams } = await import("../net/trace.ts");
  const lines = new Trace(write);
  return (socket) => traceDatagrams(socket, lines);
}
