import { ipVersion } from "./ip_version.ts";

/** One end of a conversation, as `Deno.NetAddr` gives it. */
export interface Address {
  /** An IP address, IPv6 without brackets, or a name. */
  hostname: string;
  /** The port. */
  port: number;
}

/**
 * Writes an address as a URL does: `127.0.0.1:9999`, `[::1]:9999`.
 *
 * Without the brackets `::1:9999` would be an IPv6 address of its own (RFC 5952,
 * section 6). `` `${conn.remoteAddr}` `` is no way to get there: Deno's addresses
 * have no prototype, and so no `toString`.
 *
 * @param address The address.
 * @returns Host and port, the host as it is.
 *
 * @example
 * ```ts
 * import { formatAddress } from "./address.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const port = 9999;
 * assertEquals(formatAddress({ hostname: "127.0.0.1", port }), "127.0.0.1:9999");
 * assertEquals(formatAddress({ hostname: "::1", port }), "[::1]:9999");
 * ```
 */
export function formatAddress({ hostname, port }: Address): string {
  return `${formatHostname(hostname)}:${port}`;
}

/**
 * Writes a host as a URL does, and as `--allow-net` wants it: `[::1]`.
 *
 * @param hostname An IP address, IPv6 without brackets, or a name.
 * @returns The host, IPv6 in brackets.
 *
 * @example
 * ```ts
 * import { formatHostname } from "./address.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatHostname("127.0.0.1"), "127.0.0.1");
 * assertEquals(formatHostname("::1"), "[::1]");
 * ```
 */
export function formatHostname(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

/**
 * Whether two addresses are one, however each is written.
 *
 * Anyone may send to a UDP socket, so a client compares the sender of each
 * datagram with the server it asked. A person types `0:0:0:0:0:0:0:1` where the
 * kernel says `::1`; and a socket that serves both versions of IP sees the peer
 * `127.0.0.1` as `::ffff:127.0.0.1` (RFC 4291, 2.5.5.2).
 *
 * @param a The one.
 * @param b The other.
 * @returns `true` if port and IP address are the same. A name is the same as
 * itself alone: resolve it first.
 *
 * @example
 * ```ts
 * import { sameAddress } from "./address.ts";
 * import { assert } from "@std/assert";
 *
 * const port = 9999;
 * const hostname = "127.0.0.1";
 * assert(sameAddress({ hostname, port }, { hostname: "::ffff:7f00:1", port }));
 * assert(!sameAddress({ hostname, port }, { hostname, port: 9998 }));
 * ```
 */
export function sameAddress(a: Address, b: Address): boolean {
  if (a.port !== b.port) return false;
  // What the kernel gives is spelt alike: it seldom comes to the second half.
  return a.hostname === b.hostname ||
    asIPv6(a.hostname) === asIPv6(b.hostname);
}

/** The one spelling a URL has for an address (RFC 5952); a name as it is. */
function asIPv6(hostname: string): string {
  const version = ipVersion(hostname);
  // Or the name "cafe" would be the last group of an address, as "CAFE" would.
  if (version === null) return hostname;
  const text = version === 6 ? hostname : `::ffff:${hostname}`;
  return URL.parse(`http://[${text}]`)?.hostname.slice(1, -1) ?? hostname;
}
