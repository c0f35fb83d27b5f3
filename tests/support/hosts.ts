/** Random host names and IP addresses, as people write them. */

import fc from "fast-check";

const EDGE = "abcdefghijklmnopqrstuvwxyzABCDEFXN0123456789_";
const edge = fc.constantFrom(...EDGE);
const inner = fc.string({
  unit: fc.constantFrom(...EDGE, "-"),
  maxLength: 61,
});

/** One part of a name, 1 to 63 characters. */
const label = fc.oneof(
  edge,
  fc.tuple(edge, inner, edge).map((parts) => parts.join("")),
);

/** A name in ASCII, at most 253 characters and a dot. */
export const name: fc.Arbitrary<string> = fc.record({
  labels: fc.array(label, { maxLength: 3 }),
  // Not all digits, and not 0x: that would be an IPv4 address to some.
  last: fc.tuple(fc.constantFrom("x", "com", "_", "Z"), fc.array(edge))
    .map(([start, more]) => [start, ...more].join("")),
  dot: fc.constantFrom("", "."),
}).map(({ labels, last, dot }) => [...labels, last].join(".") + dot);

/** An IPv4 address. */
export const ipv4: fc.Arbitrary<string> = fc.ipV4();

/** An IPv6 address as eight numbers of 16 bits; zeros, for `::`, are frequent. */
export const groups: fc.Arbitrary<number[]> = fc.oneof(
  fc.array(
    fc.oneof(fc.constant(0), fc.constantFrom(1, 0xffff), fc.nat(65_535)),
    {
      minLength: 8,
      maxLength: 8,
    },
  ),
  // IPv4 in IPv6: RFC 4291, 2.5.5.2.
  fc.tuple(fc.nat(65_535), fc.nat(65_535))
    .map((last) => [0, 0, 0, 0, 0, 0xffff, ...last]),
);

/** One of the ways to write an IPv6 address (RFC 4291, 2.2). */
export interface Spelling {
  upper: boolean;
  padded: boolean;
  /** The last 32 bits as an IPv4 address. */
  dotted: boolean;
  /** Which run of zeros is `::`, counted from 1; 0: none. */
  gap: number;
}

/** Any of the ways. */
export const spelling: fc.Arbitrary<Spelling> = fc.record({
  upper: fc.boolean(),
  padded: fc.boolean(),
  dotted: fc.boolean(),
  gap: fc.nat(3),
});

/** Writes an IPv6 address. */
export function spell(groups: number[], spelling: Spelling): string {
  const { upper, padded, dotted, gap } = spelling;
  const parts = groups.map((group) => {
    const hex = group.toString(16).padStart(padded ? 4 : 1, "0");
    return upper ? hex.toUpperCase() : hex;
  });
  if (dotted) parts.splice(6, 2, dottedQuad(groups));
  const runs = [
    ...parts.join(":").matchAll(/(?<![\da-f.])0+(?::0+)*(?![\da-f.])/gi),
  ];
  const run = runs[gap - 1];
  if (run === undefined) return parts.join(":");
  const text = run.input;
  const left = text.slice(0, run.index).replace(/:$/, "");
  const right = text.slice(run.index + run[0].length).replace(/^:/, "");
  return `${left}::${right}`;
}

/** The last 32 bits as an IPv4 address. */
export function dottedQuad(groups: number[]): string {
  return groups.slice(-2).flatMap((group) => [group >> 8, group & 255])
    .join(".");
}

/** An IPv6 address in any spelling. */
export const ipv6: fc.Arbitrary<string> = fc.tuple(groups, spelling)
  .map(([groups, how]) => spell(groups, how));

/** A valid host: a name or an address. */
export const host: fc.Arbitrary<string> = fc.oneof(name, ipv4, ipv6);
