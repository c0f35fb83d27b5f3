/**
 * The bytes of a DNS question (RFC 1035, section 4), for dns.ts and dns_server.ts,
 * and what makes a message the answer to it.
 */
import { UsageError } from "../../lib/cli/mod.ts";
import { equals } from "../../lib/io/mod.ts";
import { ipVersion } from "../../lib/net/mod.ts";
import { formatName, readName } from "./dns_name.ts";

/** The types of records that can be asked for. */
// deno-fmt-ignore
export const TYPES: Readonly<Record<string, number>> = {
  A: 1, NS: 2, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28,
};

/** A number in two bytes, the high one first (network byte order). */
export const uint16 = (n: number): number[] => [n >> 8, n & 0xff];

/** Reads a type as a person types it. */
export function recordType(text: string): string {
  const type = text.toUpperCase();
  if (Object.hasOwn(TYPES, type)) return type;
  throw new UsageError(`one of ${Object.keys(TYPES).join(", ")}`);
}

/** Reads a name, and spells it as answers do, or an IP address. */
export function nameOrAddress(text: string): string {
  const ip = text.replace(/^\[(.*)\]$/, "$1");
  if (ipVersion(ip) !== null) return ip;
  const { text: name } = readName(Uint8Array.from(formatName(text)), 0);
  const short = name.slice(0, -1);
  return short === "" || ipVersion(short) !== null ? name : short;
}

/** The name that has the records of a name or an address. */
export function ownerOf(name: string, type: string): string {
  if (ipVersion(name) === null) return name;
  if (type === "PTR") return reverseName(name);
  throw new UsageError(`${name} is an address; --type PTR asks for its name`);
}

/** The name that has the PTR record of an IP address (RFC 1035, 3.5; RFC 3596, 2.5). */
function reverseName(ip: string): string {
  if (ipVersion(ip) === 4) {
    return `${ip.split(".").reverse().join(".")}.in-addr.arpa`;
  }
  // The URL parser has one way to write an address: in hexadecimal digits.
  const [head = "", tail = ""] = new URL(`http://[${ip}]`).hostname
    .slice(1, -1).split("::").map((part) =>
      part.replace(
        /[^:]+:?/g,
        (group) => group.replace(":", "").padStart(4, "0"),
      )
    );
  const digits = head + tail.padStart(32 - head.length, "0");
  return `${[...digits].reverse().join(".")}.ip6.arpa`;
}

/** A question: a header of six numbers, then name, type, and class 1 (internet). */
export function formatQuery(id: number, name: string, type: string) {
  const flags = 0x0100; // A question; the server shall look further (RD).
  const header = [id, flags, 1, 0, 0, 0].flatMap(uint16); // 1: one question.
  const end = [TYPES[type] ?? 0, 1].flatMap(uint16);
  return new Uint8Array([...header, ...formatName(name), ...end]);
}

/** Whether a message answers this question: the same number, the same question. */
export function isAnswerTo(query: Uint8Array, message: Uint8Array): boolean {
  const [high, low, flags = 0, status = 0, ...counts] = message.subarray(0, 12);
  if (high !== query[0] || low !== query[1] || (flags & 0x80) === 0) {
    return false;
  }
  if (counts.length < 8) return false;
  // An error may leave the question out: the server may not have understood it.
  if (!counts[0] && !counts[1]) return (status & 0x0f) !== 0;
  return counts[0] === 0 && counts[1] === 1 && equals(
    lowerCase(message.subarray(12, query.length)),
    lowerCase(query.subarray(12)),
  );
}

/** A question in lower case, as DNS compares names (RFC 4343). Its end is no text. */
function lowerCase(question: Uint8Array): Uint8Array {
  // No length of a label is a capital letter: they are 63 at most.
  return question.map((byte, i) =>
    byte >= 0x41 && byte <= 0x5a && i < question.length - 4 ? byte + 32 : byte
  );
}
