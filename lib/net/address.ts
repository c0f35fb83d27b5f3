import { quote } from "../text/printable.ts";

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
 * import { ipVersion } from "./address.ts";
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

/** Thrown when a text is no host name, no IP address, or no port. */
export class AddressError extends Error {
  /** The name that a printed error begins with. */
  override name = "AddressError";
}

/** The longest name that DNS can ask for, without a dot at its end. */
const MAX_NAME = 253;
const LABEL = /^(?!-)[\w-]{1,63}(?<!-)$/;
/** A last label that makes the whole an IPv4 address to inet_aton(3) and URL. */
const NUMBER_END = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i;
/** Characters of a name, and those that IDNA may turn into them. */
const INTERNATIONAL = /^[\w.\-\P{ASCII}]+$/u;
const URL_START = /^[a-z][a-z\d+.\-]*:\/\//i;
/** One colon outside of brackets, where IPv6 has none or at least two. */
const PORT_END = /^(?:\[.*\]|[^:]*):[^:]*$/s;

/**
 * Reads the name or the IP address of a host as a person types it.
 *
 * It is stricter than `Deno.connect`, which reads `1.2.3` as `1.2.0.3`, and an
 * error names what was wrong instead of "invalid host". A name is of the letters,
 * digits and hyphens of RFC 1123, 2.1, and of underscores, which local networks
 * have; one in another script comes back in the ASCII form that DNS wants. That
 * a host has the name is for the resolver to say.
 *
 * @throws {AddressError} If it is neither; the message says what is allowed.
 *
 * @param text The host: no port, and IPv6 with brackets or without.
 * @returns The host as `Deno.connect` and `Deno.listen` take it.
 *
 * @example
 * ```ts
 * import { AddressError, parseHostname } from "./address.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseHostname("localhost"), "localhost");
 * assertEquals(parseHostname("[::1]"), "::1");
 * assertEquals(parseHostname("例子.测试"), "xn--fsqu00a.xn--0zwm56d");
 * assertThrows(
 *   () => parseHostname("h:80"),
 *   AddressError,
 *   'Invalid host name "h:80": a name or an IP address without a port',
 * );
 * ```
 */
export function parseHostname(text: string): string {
  const unbracketed = text.replace(/^\[(.*)\]$/s, "$1");
  if (ipVersion(unbracketed) === 6) return unbracketed;
  if (ipVersion(text) === 4) return text;
  const name = toAscii(text);
  if (isName(name)) return name;
  throw new AddressError(`Invalid ${describe(text, name)}`);
}

/**
 * Reads a port as a person types it.
 *
 * @throws {AddressError} If it is not a whole number in decimal digits, or is
 * out of range.
 *
 * @param text The port.
 * @param min The least that is allowed: 0 where it asks for any free port.
 * @returns The port.
 *
 * @example
 * ```ts
 * import { AddressError, parsePort } from "./address.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parsePort("9999", 1), 9999);
 * assertThrows(
 *   () => parsePort("70000", 1),
 *   AddressError,
 *   'Invalid port "70000": a whole number from 1 to 65535',
 * );
 * ```
 */
export function parsePort(text: string, min: 0 | 1): number {
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (port >= min && port <= 65_535) return port;
  throw new AddressError(
    `Invalid port ${quote(text)}: a whole number from ${min} to 65535`,
  );
}

/** The form that DNS and Deno want a name in: ASCII, by way of IDNA. */
function toAscii(text: string): string {
  // A URL would take "中:80" apart, and leave the port out without a word.
  if (!INTERNATIONAL.test(text) || /^[\w.-]+$/.test(text)) return text;
  return URL.parse(`http://${text}`)?.hostname ?? text;
}

function isName(text: string): boolean {
  const name = text.replace(/\.$/, "");
  return name.length <= MAX_NAME && !NUMBER_END.test(name) &&
    name.split(".").every((label) => LABEL.test(label));
}

/** Words what is wrong with a text, and what would be right. */
function describe(text: string, name: string): string {
  const value = quote(text);
  if (URL_START.test(text)) {
    return `host name ${value}: a name or an IP address, not a URL`;
  }
  if (PORT_END.test(text)) {
    return `host name ${value}: a name or an IP address without a port`;
  }
  if (/:|^\[|\]$/.test(text)) {
    return `IPv6 address ${value}: hexadecimal groups such as ::1, and no zone`;
  }
  if (NUMBER_END.test(name)) {
    return `IPv4 address ${value}: four numbers from 0 to 255, without leading zeros`;
  }
  return `host name ${value}: 1 to 63 letters, digits, "_" or inner "-" between dots, 253 in all`;
}
