/**
 * Reads the bytes of a DNS answer (RFC 1035, section 4), for dns.ts: its records as
 * lines of text, as `dig` prints them.
 *
 * An attacker may have sent the answer. Each length is checked against the end of
 * the message, each pointer must lead back, and no byte reaches the terminal as a
 * control character.
 */
import { formatIp } from "../../lib/net/mod.ts";
import { bytes, DnsError, escape, number, readName } from "./dns_name.ts";
import { TYPES } from "./dns_query.ts";

const STATUS = [
  "NOERROR",
  "FORMERR: the server does not understand the question",
  "SERVFAIL: the server cannot find out; ask another one",
  "NXDOMAIN: there is no such name; check its spelling",
  "NOTIMP: the server does not know this kind of question",
  "REFUSED: the server does not answer this client; ask another one",
];

/**
 * Reads an answer. One that is cut off (truncated) has no records. If the name is an
 * alias (CNAME), `alias` is the name that the last of its aliases leads to; status and
 * records of other types are of that one (RFC 6604).
 */
export function parseAnswer(message: Uint8Array) {
  const flags = number(message, 2, 2);
  const isTruncated = (flags & 0x0200) !== 0;
  const records: string[] = [];
  const aliases = new Map<string, string>();
  const types = new Set<string>();
  let [at, last] = [12, ""];
  for (let left = number(message, 4, 2); left > 0; left--) {
    const { text, end } = readName(message, at); // The question, repeated.
    last = text;
    at = end + 4;
  }
  for (let left = isTruncated ? 0 : number(message, 6, 2); left > 0; left--) {
    const { text, end } = readName(message, at);
    const type = typeName(number(message, end, 2));
    const ttl = number(message, end + 4, 4);
    at = end + 10 + number(message, end + 8, 2);
    const data = readData(type, message, end + 10, at);
    records.push(`${text} ${ttl} IN ${type} ${data}`);
    types.add(type);
    if (type === "CNAME") aliases.set(text.toLowerCase(), data);
  }
  let alias: string | null = null;
  for (let to; (to = aliases.get(last.toLowerCase())) !== undefined;) {
    aliases.delete(last.toLowerCase()); // They may lead around in a circle.
    alias = last = to;
  }
  const code = flags & 0xf;
  const status = STATUS[code] ?? `RCODE${code}`;
  return { status, isTruncated, records, types, alias };
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

function typeName(type: number): string {
  return Object.keys(TYPES).find((name) => TYPES[name] === type) ??
    `TYPE${type}`;
}
