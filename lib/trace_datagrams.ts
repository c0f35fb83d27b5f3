import type { DatagramSocket } from "./datagram_socket.ts";
import type { Ends, Trace } from "./trace.ts";

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
 * import { traceDatagrams } from "./trace_datagrams.ts";
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
  const endsWith = (remote: Deno.Addr): Ends => ({
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
