/**
 * Reads the bytes of a DNS answer (RFC 1035, section 4), for dns.ts: its records as
 * lines of text, as `dig` prints them.
 *
 * An attacker may have sent the answer. Each length is checked against the end of
 * the message, each pointer must lead back, and no byte reaches the terminal as a
 * control character.
 */
import { formatIp } from "../../lib/net/mod.ts";
import { TYPES } from "./dns_query.ts";

const STATUS = [
  "NOERROR",
  "FORMERR: the server does not understand the question",
  "SERVFAIL: the server cannot find out; ask another one",
  "NXDOMAIN: there is no such name; check its spelling",
  "NOTIMP: the server does not know this kind of question",
  "REFUSED: the server does not answer this client; ask another one",
];

/** An answer breaks the format. */
export class DnsError extends Error {
  override name = "DnsError";
}

/** Reads an answer. One that is cut off (truncated) has no records. */
export function parseAnswer(message: Uint8Array) {
  const flags = number(message, 2, 2);
  const isTruncated = (flags & 0x0200) !== 0;
  const records: string[] = [];
  let at = 12;
  for (let left = number(message, 4, 2); left > 0; left--) {
    at = readName(message, at).end + 4; // The question, repeated.
  }
  for (let left = isTruncated ? 0 : number(message, 6, 2); left > 0; left--) {
    const { text, end } = readName(message, at);
    const type = typeName(number(message, end, 2));
    const ttl = number(message, end + 4, 4);
    at = end + 10 + number(message, end + 8, 2);
    const data = readData(type, message, end + 10, at);
    records.push(`${text} ${ttl} IN ${type} ${data}`);
  }
  const code = flags & 0xf;
  return { status: STATUS[code] ?? `RCODE${code}`, isTruncated, records };
}

/** Reads a name, which may end in a pointer to an earlier one (compression). */
export function readName(message: Uint8Array, start: number) {
  const labels: string[] = [];
  let [at, end, length] = [start, 0, 1];
  for (let size; (size = number(message, at, 1)) > 0;) {
    if (size >= 0xc0) {
      const to = number(message, at, 2) & 0x3fff;
      // Each pointer must lead back further, so no chain of them is a loop.
      if (to >= start) throw new DnsError("A name points to itself or ahead");
      end ||= at + 2;
      at = start = to;
    } else {
      length += 1 + size;
      if (size > 63 || length > 255) throw new DnsError("A name is too long");
      labels.push(escape(bytes(message, at + 1, size), /[\\.";()@$]/, 0x21));
      at += 1 + size;
    }
  }
  return { text: labels.join(".") + ".", end: end || at + 1 };
}

function readData(type: string, message: Uint8Array, at: number, end: number) {
  const data = bytes(message, at, end - at);
  if (type === "A" && data.length === 4) return formatIp(data);
  if (type === "AAAA" && data.length === 16) return formatIp(data);
  if (type === "TXT") return readTexts(data);
  if (/^(?:NS|CNAME|PTR|MX)$/.test(type)) {
    const before = type === "MX" ? `${number(data, 0, 2)} ` : "";
    const name = readName(message, type === "MX" ? at + 2 : at);
    if (name.end === end) return before + name.text;
  }
  if (type in TYPES) throw new DnsError(`Wrong length of data of type ${type}`);
  return `\\# ${data.length} ${data.toHex().toUpperCase()}`; // RFC 3597, 5
}

function readTexts(data: Uint8Array): string {
  const texts: string[] = [];
  for (let at = 0; at < data.length; at += 1 + number(data, at, 1)) {
    const text = bytes(data, at + 1, number(data, at, 1));
    texts.push(`"${escape(text, /["\\]/, 0x20)}"`);
  }
  return texts.join(" ");
}

/** The bytes as ASCII; all others in decimal: `\010`. */
function escape(text: Uint8Array, special: RegExp, lowest: number): string {
  return Array.from(text, (byte) => {
    const character = String.fromCharCode(byte);
    if (special.test(character)) return `\\${character}`;
    const isShown = byte >= lowest && byte < 0x7f;
    return isShown ? character : `\\${String(byte).padStart(3, "0")}`;
  }).join("");
}

function typeName(type: number): string {
  return Object.keys(TYPES).find((name) => TYPES[name] === type) ??
    `TYPE${type}`;
}

function bytes(message: Uint8Array, at: number, size: number): Uint8Array {
  if (at + size <= message.length) return message.subarray(at, at + size);
  throw new DnsError(`The message ends after ${message.length} bytes`);
}

function number(message: Uint8Array, at: number, size: number): number {
  return bytes(message, at, size).reduce((n, byte) => n * 256 + byte, 0);
}
