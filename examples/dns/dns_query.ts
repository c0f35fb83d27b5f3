/**
 * The bytes of a DNS question (RFC 1035, section 4), for dns.ts and dns_server.ts,
 * and what makes a message the answer to it.
 */
import { equals } from "../../lib/io/mod.ts";

/** The types of records that can be asked for. */
// deno-fmt-ignore
export const TYPES: Readonly<Record<string, number>> = {
  A: 1, NS: 2, CNAME: 5, PTR: 12, MX: 15, TXT: 16, AAAA: 28,
};

/** A number in two bytes, the high one first (network byte order). */
export const uint16 = (n: number): number[] => [n >> 8, n & 0xff];

/** A question: a header of six numbers, then name, type, and class 1 (internet). */
export function formatQuery(id: number, name: string, type: string) {
  const flags = 0x0100; // A question; the server shall look further (RD).
  const header = [id, flags, 1, 0, 0, 0].flatMap(uint16); // 1: one question.
  const end = [TYPES[type] ?? 0, 1].flatMap(uint16);
  return new Uint8Array([...header, ...formatName(name), ...end]);
}

/** A name: each label with its length in front, and an empty one at the end. */
export function formatName(name: string): number[] {
  const labels = name.replace(/\.$/, "").split(".");
  const encoded = labels.map((label) => new TextEncoder().encode(label));
  return [...encoded.flatMap((label) => [label.length, ...label]), 0];
}

/** Whether a message answers this question: the same number, the same question. */
export function isAnswerTo(query: Uint8Array, message: Uint8Array): boolean {
  const isAnswer = ((message[2] ?? 0) & 0x80) !== 0;
  return isAnswer &&
    [[0, 2], [4, 6], [12, query.length]].every((part) =>
      equals(message.subarray(...part), query.subarray(...part))
    );
}
