/**
 * Names of DNS (RFC 1035, 3.1), as a person writes them and as messages have them.
 *
 * A name is a list of labels. Each has 1 to 63 bytes, which may be any (RFC 2181, 11).
 * As text, a dot stands after each label. A dot within a label is `\.`, and a byte that
 * is not a visible ASCII character is three decimal digits: `\009`.
 */
import { UsageError } from "../../lib/cli/mod.ts";

/** A name has at most 127 labels. More pointers than that are an attack. */
const MAX_POINTERS = 127;

/** A message breaks the format. */
export class DnsError extends Error {
  override name = "DnsError";
}

/** The labels of a name; `.` has none. Throws a `UsageError` that says what is allowed. */
export function parseName(text: string): Uint8Array[] {
  // A dot after an even number of backslashes; the others are full stops of Chinese.
  const parts = text.split(/(?<=(?:^|[^\\])(?:\\\\)*)[.。．｡]/u);
  if (parts.length > 1 && parts.at(-1) === "") parts.pop();
  const labels = text === "." ? [] : parts.map(parseLabel);
  const length = labels.reduce((sum, label) => sum + 1 + label.length, 1);
  if (length <= 255 && labels.every((l) => l.length > 0 && l.length < 64)) {
    return labels;
  }
  throw new UsageError("labels of 1 to 63 bytes with dots between, 255 in all");
}

function parseLabel(text: string): Uint8Array {
  // Other scripts are registered in an ASCII form (IDNA).
  const isInternational = /^[\w\-\P{ASCII}]*\P{ASCII}[\w\-\P{ASCII}]*$/u;
  const label = isInternational.test(text)
    ? URL.parse(`http://${text}`)?.hostname ?? text
    : text;
  const parts = label.match(/\\\d{3}|\\?./gsu) ?? [];
  return Uint8Array.from(parts.flatMap((part) => {
    if (part.length < 4) {
      return [...new TextEncoder().encode(part.replace(/^\\(?=.)/s, ""))];
    }
    if (Number(part.slice(1)) < 256) return [Number(part.slice(1))];
    throw new UsageError("bytes after a backslash from 000 to 255");
  }));
}

/** A name in a message: each label with its length in front, and an empty one at the end. */
export function formatName(text: string): number[] {
  return [...parseName(text).flatMap((label) => [label.length, ...label]), 0];
}

/** Reads a name, which may end in a pointer to an earlier one (compression). */
export function readName(message: Uint8Array, start: number) {
  const labels: string[] = [];
  let [at, end, length, pointers] = [start, 0, 1, 0];
  for (let size; (size = number(message, at, 1)) > 0;) {
    if (size >= 0xc0) {
      const to = number(message, at, 2) & 0x3fff;
      // Each pointer must lead further back, so a chain of pointers has an end.
      if (to >= start) throw new DnsError("A name points to itself or ahead");
      // Otherwise each record could lead through the same long chain.
      if (++pointers > MAX_POINTERS) throw new DnsError("Too many pointers");
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

/** The bytes as ASCII; all others in decimal: `\010`. */
export function escape(text: Uint8Array, special: RegExp, lowest: number) {
  return Array.from(text, (byte) => {
    const character = String.fromCharCode(byte);
    if (special.test(character)) return `\\${character}`;
    const isShown = byte >= lowest && byte < 0x7f;
    return isShown ? character : `\\${String(byte).padStart(3, "0")}`;
  }).join("");
}

/** Some bytes of a message, which must be there. */
export function bytes(message: Uint8Array, at: number, size: number) {
  if (at + size <= message.length) return message.subarray(at, at + size);
  throw new DnsError(`The message ends after ${message.length} bytes`);
}

/** A number of some bytes, the high one first. */
export function number(message: Uint8Array, at: number, size: number): number {
  bytes(message, at, size); // Throws if they are not there.
  let n = 0;
  for (let i = at; i < at + size; i++) n = n * 256 + (message[i] ?? 0);
  return n;
}
