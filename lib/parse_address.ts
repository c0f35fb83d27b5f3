import { ipVersion } from "./ip_version.ts";
import { quote } from "./quote.ts";

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
 * import { AddressError, parseHostname } from "./parse_address.ts";
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
 * import { AddressError, parsePort } from "./parse_address.ts";
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
