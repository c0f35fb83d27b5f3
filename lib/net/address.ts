import { quote } from "../text/printable.ts";

/** Host and port of one side: the part of `Deno.NetAddr` that both transports share. */
export interface Address {
  /** An IP address, IPv6 without brackets, or a name. */
  hostname: string;
  /** The port. */
  port: number;
}

/**
 * Formats an address as a URL does: `127.0.0.1:9999`, `[::1]:9999`.
 *
 * Without the brackets `::1:9999` would be another IPv6 address (RFC 5952, section
 * 6). `` `${conn.remoteAddr}` `` throws, because Deno's addresses have no prototype
 * and so no `toString`.
 *
 * @param address The address.
 * @returns Host and port.
 *
 * @example
 * ```ts
 * import { formatAddress } from "./mod.ts";
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

/** Formats a host as a URL does, and as `--allow-net` expects it: `[::1]`. */
export function formatHostname(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

/**
 * Compares two addresses, however each is written.
 *
 * Any program may send to a UDP socket, so a client compares the sender of each
 * datagram with its server. A user may type `0:0:0:0:0:0:0:1` for the kernel's `::1`,
 * and a socket that serves both versions of IP shows the peer `127.0.0.1` as
 * `::ffff:127.0.0.1` (RFC 4291, 2.5.5.2).
 *
 * @param a One address.
 * @param b The other.
 * @returns Whether port and IP address are the same. A name equals only itself:
 * resolve it first.
 *
 * @example
 * ```ts
 * import { sameAddress } from "./mod.ts";
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
  // Addresses from the kernel have one spelling, so the second half is rarely needed.
  return a.hostname === b.hostname ||
    asIPv6(a.hostname) === asIPv6(b.hostname);
}

/** The IPv6 spelling that URLs have for an address (RFC 5952); a name as it is. */
function asIPv6(hostname: string): string {
  const version = ipVersion(hostname);
  // Otherwise the name "cafe" would become the last group of an address.
  if (version === null) return hostname;
  return canonicalIPv6(version === 6 ? hostname : `::ffff:${hostname}`);
}

function canonicalIPv6(text: string): string {
  return URL.parse(`http://[${text}]`)?.hostname.slice(1, -1) ?? text;
}

/**
 * Formats the bytes of an IP address, as packets have them.
 *
 * @param bytes 4 bytes of IPv4 or 16 of IPv6, the high byte first.
 * @returns The address; IPv6 without brackets, in the one spelling of RFC 5952.
 *
 * @example
 * ```ts
 * import { formatIp } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatIp(new Uint8Array([127, 0, 0, 1])), "127.0.0.1");
 * assertEquals(formatIp(new Uint8Array(16).with(15, 1)), "::1");
 * ```
 */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  // An address of IPv4 in one of IPv6 stays readable (RFC 5952, 5).
  const isMapped = /^(?:00){10}ffff/.test(bytes.toHex());
  if (isMapped) return `::ffff:${bytes.subarray(12).join(".")}`;
  const groups = bytes.toHex().match(/.{4}/g) ?? [];
  return canonicalIPv6(groups.join(":"));
}

const BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const IPV4 = new RegExp(`^${BYTE}(?:\\.${BYTE}){3}$`);

// The URL parser removes a tab and ends the host at "]": check these before.
const IPV6_CHARACTERS = /^[\da-f:.]+$/i;

/**
 * The version of IP that an address belongs to, 4 or 6; `null` if it is no IP address.
 *
 * IPv4 is four decimal numbers. The system's resolver also accepts `127.1`,
 * `0x7f.1` and `010.0.0.1` (inet_aton(3)), but programs read the last one in two
 * ways, so none of these is an address here. Neither is IPv6 with a zone,
 * `fe80::1%eth0`: Deno binds it, but shows peers without their zone, which is
 * ambiguous (RFC 4007). IPv6 is without brackets.
 *
 * @example
 * ```ts
 * import { ipVersion } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(["127.0.0.1", "::1", "localhost"].map(ipVersion), [4, 6, null]);
 * ```
 */
export function ipVersion(text: string): 4 | 6 | null {
  if (IPV4.test(text)) return 4;
  if (!IPV6_CHARACTERS.test(text)) return null;
  return URL.canParse(`http://[${text}]`) ? 6 : null;
}

/**
 * Whether an IP address can be reached from this machine only: 127.0.0.0/8 and `::1`
 * (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). A name is not resolved.
 */
export function isLoopback(hostname: string): boolean {
  const port = 0;
  return ipVersion(hostname) === 4
    ? hostname.startsWith("127.")
    : sameAddress({ hostname, port }, { hostname: "::1", port });
}

/**
 * Parses the name or the IP address of a host as a user types it.
 *
 * It is stricter than `Deno.connect`, which reads `1.2.3` as `1.2.0.3`, and its
 * error names the mistake instead of "invalid host". A name has the letters, digits
 * and hyphens of RFC 1123, 2.1, and underscores, which occur in local networks. A
 * name in another script is converted to the ASCII form that DNS uses. Whether the
 * name exists is not checked.
 *
 * @throws {AddressError} If it is neither; the message says what is allowed.
 * @param text The host: without a port, IPv6 with brackets or without.
 * @returns The host as `Deno.connect` and `Deno.listen` accept it.
 *
 * @example
 * ```ts
 * import { AddressError, parseHostname } from "./mod.ts";
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
  throw hostnameError(text, name);
}

/**
 * Parses a port as a user types it.
 *
 * @throws {AddressError} If it is not a whole number in decimal digits, or out of
 * range.
 * @param text The port.
 * @param min The lowest port allowed: 0 where that asks for any free port.
 * @returns The port.
 *
 * @example
 * ```ts
 * import { AddressError, parsePort } from "./mod.ts";
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
  throw new AddressError("port", text, `a whole number from ${min} to 65535`);
}

/** A text that is not a host name, not an IP address, or not a port. */
export class AddressError extends Error {
  /** The name that a printed error begins with. */
  override name = "AddressError";
  /** The rule that the text breaks: `a whole number from 1 to 65535`. */
  readonly expected: string;

  /**
   * Makes the error: `Invalid port "x": a whole number from 1 to 65535`.
   *
   * @param what The kind of text: `port`.
   * @param value The text, which the message shows quoted.
   * @param expected The rule that it breaks.
   */
  constructor(what: string, value: string, expected: string) {
    super(`Invalid ${what} ${quote(value)}: ${expected}`);
    this.expected = expected;
  }
}

/** The longest name that DNS can ask for, without a dot at its end. */
const MAX_NAME = 253;
const LABEL = /^(?!-)[\w-]{1,63}(?<!-)$/;
/** A last label with which inet_aton(3) and URL read the whole as an IPv4 address. */
const NUMBER_END = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i;
/** Characters of a name, and those that IDNA may convert to them. */
const INTERNATIONAL = /^[\w.\-\P{ASCII}]+$/u;
const URL_START = /^[a-z][a-z\d+.\-]*:\/\//i;
/** One colon outside of brackets; IPv6 without brackets has at least two. */
const PORT_END = /^(?:\[.*\]|[^:]*):[^:]*$/s;

/** Converts a name to the ASCII form that DNS and Deno expect (IDNA). */
function toAscii(text: string): string {
  // The URL parser would split "中:80" and drop the port without an error.
  if (!INTERNATIONAL.test(text) || /^[\w.-]+$/.test(text)) return text;
  return URL.parse(`http://${text}`)?.hostname ?? text;
}

function isName(text: string): boolean {
  const name = text.replace(/\.$/, "");
  return name.length <= MAX_NAME && !NUMBER_END.test(name) &&
    name.split(".").every((label) => LABEL.test(label));
}

/** Makes the error for a text of which `name` is the ASCII form. */
function hostnameError(text: string, name: string): AddressError {
  const [what, expected] = URL_START.test(text)
    ? ["host name", "a name or an IP address, not a URL"]
    : PORT_END.test(text)
    ? ["host name", "a name or an IP address without a port"]
    : /:|^\[|\]$/.test(text)
    ? ["IPv6 address", "hexadecimal groups such as ::1, and no zone"]
    : NUMBER_END.test(name)
    ? ["IPv4 address", "four numbers from 0 to 255, without leading zeros"]
    : [
      "host name",
      '1 to 63 letters, digits, "_" or inner "-" between dots, 253 in all',
    ];
  return new AddressError(what, text, expected);
}
