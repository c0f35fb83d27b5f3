const BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);

// A URL leaves a tab out, and "]" ends its host: neither may get that far.
const IPV6_CHARACTERS = /^[\da-f:.]+$/i;

/**
 * Tells an IP address from a name, and which version of IP it belongs to.
 *
 * IPv4 is four decimal numbers. The system's resolver also takes `127.1`,
 * `0x7f.1` and `010.0.0.1` (inet_aton(3)), which people read in different ways:
 * here they are no addresses. Neither is IPv6 with a zone, `fe80::1%eth0`: Deno
 * binds it, but shows peers without theirs, which makes them ambiguous (RFC 4007).
 *
 * @param text What may be an address, IPv6 without brackets.
 * @returns 4 or 6, or `null` if it is no address.
 *
 * @example
 * ```ts
 * import { ipVersion } from "./ip_version.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(ipVersion("127.0.0.1"), 4);
 * assertEquals(ipVersion("::1"), 6);
 * assertEquals(ipVersion("localhost"), null);
 * ```
 */
export function ipVersion(text: string): 4 | 6 | null {
  if (IPV4.test(text)) return 4;
  if (!IPV6_CHARACTERS.test(text)) return null;
  return URL.canParse(`http://[${text}]`) ? 6 : null;
}
