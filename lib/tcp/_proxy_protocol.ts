import { type Address, formatIp, ipVersion } from "../net/address.ts";
import { quote } from "../text/printable.ts";
import { friend } from "./connection.ts";
import type { Handler } from "./server.ts";

/** Thrown when a connection does not begin with a correct PROXY protocol header. */
export class ProxyProtocolError extends Error {
  /** The name that a printed error begins with. */
  override name = "ProxyProtocolError";
}

/** The first bytes of version 2 of the header. */
const SIGNATURE = new TextEncoder().encode("\r\n\r\n\0\r\nQUIT\n");
/** Signature, version and command, family, length. */
const FIXED = 16;
/** Version 2 and its commands. */
const LOCAL = 0x20;
const PROXY = 0x21;
/** The bytes of an address, of TCP over IPv4 and over IPv6. */
const ADDRESS_SIZES: Record<number, number> = { 0x11: 4, 0x21: 16 };
/** The most bytes that version 1 can have, line ending included. */
const MAX_V1 = 107;
/** The most bytes that this reader takes; the specification recommends 536. */
const MAX_HEADER = 4_096;

const V1_START = new TextEncoder().encode("PROXY ");
const V1 = /^PROXY (?:UNKNOWN(?: .*)?|TCP([46]) (\S+) (\S+) (\d+) (\d+))\r\n$/;

/** A header: how long it is, and where the connection comes from. */
interface ProxyHeader {
  /** Its bytes; what follows them is the client's. */
  length: number;
  /** The client; `null` where the header names none: LOCAL, UNKNOWN, a Unix socket. */
  source: Address | null;
}

/**
 * Reads the header that a proxy puts in front of a connection, to say for which client
 * it speaks: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt. Returns `null`
 * if more bytes are needed.
 */
function parseProxyHeader(bytes: Uint8Array): ProxyHeader | null {
  if (startsWith(bytes, SIGNATURE)) return parseV2(bytes);
  if (startsWith(bytes, V1_START)) return parseV1(bytes);
  throw new ProxyProtocolError(
    `Expected a PROXY protocol header, but ${quote(text(bytes))} came`,
  );
}

/**
 * Makes a handler for a server behind a proxy such as HAProxy or nginx, which sends a
 * PROXY protocol header (version 1 or 2) first: `remoteAddr` is then the client's.
 * Anyone can send such a header, so let the proxy alone reach the server.
 *
 * Where the header names no client (LOCAL, UNKNOWN, a Unix socket: a proxy's health
 * check), `remoteAddr` stays the proxy's. A connection without a byte is closed, and
 * the handler is not called.
 *
 * @throws {ProxyProtocolError} In the handler that it makes, without a correct header;
 * the server passes it to `onError`.
 * @param handler What to do with a connection, behind its header.
 * @returns A handler for `serveTcp` and `TcpServer.spawn`.
 *
 * @example
 * ```ts
 * import { behindProxy, serveTcp } from "./mod.ts";
 * import { readExactly } from "../io/mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = behindProxy((connection) =>
 *   connection.write(new TextEncoder().encode(connection.remoteAddr.hostname))
 * );
 * await using server = serveTcp({ port: 0 }, handler);
 *
 * const { hostname, port } = server.addr;
 * using proxy = await Deno.connect({ hostname, port });
 * const header = "PROXY TCP4 192.0.2.1 127.0.0.1 51234 9999\r\n";
 * await proxy.write(new TextEncoder().encode(header));
 * const answer = await readExactly(proxy, 9);
 * assertEquals(new TextDecoder().decode(answer), "192.0.2.1");
 * ```
 */
export function behindProxy(handler: Handler): Handler {
  return async (connection) => {
    const buffer = new Uint8Array(MAX_HEADER);
    for (let filled = 0;;) {
      const n = await connection.read(buffer.subarray(filled));
      if (n === null && filled === 0) return;
      if (n === null) {
        throw new ProxyProtocolError(
          "The connection ended within the PROXY protocol header",
        );
      }
      filled += n;
      const header = parseProxyHeader(buffer.subarray(0, filled));
      if (header === null) continue;
      const rest = buffer.slice(header.length, filled);
      friend.setClient(connection, header.source, rest);
      return await handler(connection);
    }
  };
}

function parseV1(bytes: Uint8Array): ProxyHeader | null {
  const end = bytes.subarray(0, MAX_V1).indexOf(0x0a);
  if (end < 0 && bytes.length < MAX_V1) return null;
  const match = V1.exec(text(bytes.subarray(0, end + 1)));
  if (match === null) throw malformed(bytes);
  const [, version, hostname, to = "", port, toPort] = match;
  const length = end + 1;
  if (hostname === undefined) return { length, source: null };
  const isValid =
    [hostname, to].every((ip) => ipVersion(ip) === Number(version)) &&
    [port, toPort].every((port) => Number(port) <= 65_535);
  if (!isValid) throw malformed(bytes);
  return { length, source: { hostname, port: Number(port) } };
}

function parseV2(bytes: Uint8Array): ProxyHeader | null {
  if (bytes.length < FIXED) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const command = view.getUint8(12);
  const family = view.getUint8(13);
  const length = FIXED + view.getUint16(14);
  // LOCAL: the proxy speaks for itself. Other families have no port.
  const size = command === LOCAL ? 0 : ADDRESS_SIZES[family] ?? 0;
  const least = size === 0 ? FIXED : FIXED + 2 * size + 4;
  const isValid = (command === LOCAL || command === PROXY) && length >= least &&
    length <= MAX_HEADER;
  if (!isValid) throw malformed(bytes);
  if (bytes.length < length) return null;
  if (size === 0) return { length, source: null };
  const hostname = formatIp(bytes.subarray(FIXED, FIXED + size));
  const port = view.getUint16(FIXED + 2 * size);
  return { length, source: { hostname, port } };
}

/** Whether the bytes that there are agree with the start. */
function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  const length = Math.min(bytes.length, start.length);
  return start.subarray(0, length).every((byte, i) => bytes[i] === byte);
}

function malformed(header: Uint8Array): ProxyProtocolError {
  return new ProxyProtocolError(
    `Malformed PROXY protocol header: ${quote(text(header))}`,
  );
}

/** One character a byte. */
function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, MAX_V1));
}
