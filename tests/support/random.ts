/** Inputs for properties: those that are nearly valid find the most. */

import fc from "fast-check";
import { BufferedReader } from "../../lib/io/buffered_reader.ts";
import type { Reader } from "../../lib/io/streams.ts";

/**
 * Characters that a terminal obeys, that IDNA turns into ASCII, that some programs
 * treat as white space or digits; halves of a character; and those with a meaning in
 * an address, a URL, a command line or a header.
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

/** Any text, with lone halves of a character too. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom(...NASTY) }),
  fc.uint16Array().map((units) => String.fromCharCode(...units)),
);

/** Text that UTF-8 can encode. */
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

/** An edit at one place: what is removed, and what is inserted. */
interface Edit<T> {
  at: number;
  remove: number;
  insert: T[];
  /** How often the characters after the place are repeated. */
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

/** How the network cuts bytes: the sizes of the pieces, used again and again. */
export const cuts: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([1]),
  fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
);

/** All at once. */
export const WHOLE = [Number.MAX_SAFE_INTEGER];

/** More reads after the end than a correct reader makes. */
const MAX_ENDS = 100;

/**
 * Bytes that come in pieces of these sizes, again and again.
 *
 * Its reads never wait. An endless loop of reads would therefore block every timer,
 * so it ends here, with an error.
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

/** The rest of a reader's input. */
export async function restOf(reader: BufferedReader): Promise<number[]> {
  const rest: number[] = [];
  for (;;) {
    const piece = await reader.read(65_536);
    if (piece === null) return rest;
    rest.push(...piece);
  }
}
