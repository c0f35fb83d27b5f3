import type { Address } from "./address.ts";

/** The ports that a URL leaves out (RFC 9110, 4.2). */
const DEFAULT_PORTS: Record<string, number> = { "http:": 80, "https:": 443 };

/**
 * Tells where the server of a web page is.
 *
 * @param url The page's address, http or https.
 * @returns Host and port as `Deno.connect` takes them.
 *
 * @example
 * ```ts
 * import { serverOf } from "./server_of.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(serverOf(new URL("https://[::1]/")), {
 *   hostname: "::1",
 *   port: 443,
 * });
 * ```
 */
export function serverOf({ hostname, port, protocol }: URL): Address {
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? DEFAULT_PORTS[protocol] ?? 0 : Number(port),
  };
}
