/**
 * Why several threads cannot listen on one port together; `null`: they can.
 *
 * Linux deals new TCP connections out among all that listen with SO_REUSEPORT
 * (socket(7)), which is what Deno's `reusePort` asks for; on other systems Deno
 * ignores it. For UDP Deno has `reuseAddress` alone, SO_REUSEADDR on Linux: of
 * several sockets on a port the last one gets every datagram, the others none.
 *
 * @param transport Over what they would listen.
 * @param os The system: `Deno.build.os`.
 *
 * @example
 * ```ts
 * import { whyNotShared } from "./port_sharing.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(whyNotShared("TCP", "linux"), null);
 * assertEquals(whyNotShared("TCP", "darwin"), "Deno shares TCP ports on Linux only");
 * ```
 */
export function whyNotShared(
  transport: "TCP" | "UDP",
  os: typeof Deno.build.os,
): string | null {
  if (transport === "UDP") {
    return "Deno does not share UDP ports, the last socket would get all datagrams";
  }
  return os === "linux" ? null : "Deno shares TCP ports on Linux only";
}
