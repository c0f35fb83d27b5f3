/** Inputs for properties: what nearly is what it should be finds the most. */

import fc from "fast-check";
import { BufferedReader } from "../../lib/io/buffered_reader.ts";
import type { Reader } from "../../lib/io/streams.ts";

/**
 * What a terminal obeys, what IDNA turns into ASCII, what is white space or a
 * digit to some, halves of a character, and what means something in an address,
 * a URL, a command line or a header.
 */
const NASTY = [
  ..."\0\t\n\v\r \x1b\x7f\x80\x85\x9b\xa0\xad\xff",
  ..."\u061c\u200b\u200c\u200d\u200e\u2028\u2029\u202e\u2066\u3000\ufeff\ufffd",
  ..."。．：／［］％＠ａ１٣ßſKİ℀\u0301😀小\u{e0041}\u{10ffff}",
  "\ud83d",
  "\ude00",
  ..."-_.:;,=[](){}/\\@?#%&+*|<>'\"`~^!$",
  ..."0123456789abcdefxnpqhABCDEFXZ",
];

/** Any text, lone halves of a character too. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(...NASTY) }),
  fc.uint16Array().map((units) => String.fromCharCode(...units)),
);

/** Text that UTF-8 can say. */
export const wellFormedText: fc.Arbitrary<string> = anyText
  .map((text) => text.toWellFormed());

/** Any bytes, those that have a meaning somewhere more often than others. */
export const anyByte: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(...new TextEncoder().encode("\r\n\0 \t:;,-=/.019afAFx")),
  fc.constantFrom(0x80, 0xa0, 0xc3, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xff),
  fc.nat(255),
);

/** Any bytes. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.array(anyByte)
  .map((bytes) => Uint8Array.from(bytes));

/** Something taken out at one place, and something put there. */
interface Edit<T> {
  at: number;
  remove: number;
  insert: T[];
  /** How often what stands behind the place is said once more. */
  again: number;
}

function edits<T>(item: fc.Arbitrary<T>): fc.Arbitrary<Edit<T>[]> {
  const edit = fc.record({
    at: fc.nat(),
    remove: fc.nat(3),
    insert: fc.array(item, { maxLength: 3 }),
    again: fc.oneof(
      { weight: 20, arbitrary: fc.constant(0) },
      { weight: 4, arbitrary: fc.nat(3) },
      { weight: 1, arbitrary: fc.nat(500) },
    ),
  });
  return fc.array(edit, { maxLength: 3 });
}

function applied<T>(items: T[], list: Edit<T>[]): T[] {
  return list.reduce((before, { at, remove, insert, again }) => {
    const start = at % (before.length + 1);
    const behind = before.slice(start, start + 5);
    const copies = Array.from({ length: again }, () => behind).flat();
    return before.toSpliced(start, remove, ...insert, ...copies);
  }, items);
}

/** The same with up to three places edited; often as it was. */
export function nearly(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const unit = fc.constantFrom(...NASTY);
  return fc.tuple(text, edits(unit))
    .map(([text, list]) => applied(text.split(""), list).join(""));
}

/** The same with up to three places edited; often as they were. */
export function nearlyBytes(
  bytes: fc.Arbitrary<Uint8Array>,
): fc.Arbitrary<Uint8Array> {
  return fc.tuple(bytes, edits(anyByte))
    .map(([bytes, list]) => Uint8Array.from(applied([...bytes], list)));
}

/** How the network cuts bytes: so many, so many, and again from the start. */
export const cuts: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([1]),
  fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
);

/** All at once. */
export const WHOLE = [Number.MAX_SAFE_INTEGER];

/** Often enough after the end to tell that nobody means to stop. */
const MAX_ENDS = 100;

/**
 * Bytes that come in pieces of these sizes, again and again.
 *
 * It never waits: a loop without end would keep every timer from going off, so
 * it ends here, by an error.
 */
export function source(bytes: Uint8Array, sizes: number[]): Reader {
  let at = 0;
  let turn = 0;
  let ends = 0;
  return {
    read(p) {
      if (p.length === 0) throw new Error("Read into a buffer without room");
      if (at === bytes.length) {
        if (++ends > MAX_ENDS) throw new Error("Read on and on after the end");
        return Promise.resolve(null);
      }
      const most = Math.min(sizes[turn++ % sizes.length] ?? 1, p.length);
      const piece = bytes.subarray(at, at + most);
      p.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length);
    },
  };
}

/** A reader of a {@linkcode source}. */
export function readerOf(bytes: Uint8Array, sizes: number[]): BufferedReader {
  return new BufferedReader(source(bytes, sizes));
}

/** All that a reader has left. */
export async function restOf(reader: BufferedReader): Promise<number[]> {
  const rest: number[] = [];
  for (;;) {
    const piece = await reader.read(65_536);
    if (piece === null) return rest;
    rest.push(...piece);
  }
}
