/** Properties, and inputs for them: those that are nearly valid find the most. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Reader } from "../../lib/io/mod.ts";
import { printable } from "../../lib/text/mod.ts";
import { fault, size } from "../support/fault.ts";

/** What must hold for every input: `holds` fails by throwing. */
export interface Property<T> {
  target: string;
  fault: string;
  from: fc.Arbitrary<T>;
  holds: (input: T) => void | Promise<void>;
}

/**
 * Registers the test of a property, which adds a row to the table: each input counts
 * as one try. The inputs differ in each run. An error names the smallest failing input
 * and the seed; `fc.check` takes the seed as an option, to find that input again.
 */
export function property<T>({ from, holds, ...row }: Property<T>): void {
  fault({
    ...row,
    async fn(tally) {
      const timed = async (input: T) => {
        const start = performance.now();
        await holds(input);
        tally.worst = Math.max(tally.worst, performance.now() - start);
      };
      const run = await fc.check(fc.asyncProperty(from, timed), {
        numRuns: size(500, 100_000),
      });
      tally.tried = run.numRuns;
      tally.lost = run.failed ? 1 : 0;
      if (!run.failed) return;
      const { errorInstance: cause } = run;
      throw new Error(fc.defaultReportMessage(run), { cause });
    },
  });
}

/** An error class, as `instanceof` takes it. */
type ErrorClass = new (...args: never[]) => Error;

/**
 * What a function returned, or the message of the one error that it may throw: of
 * this very class, short and safe to print. Any other error is thrown again.
 */
export async function outcome<T>(
  fn: () => T | Promise<T>,
  allowed: ErrorClass,
): Promise<{ value: T } | { error: string }> {
  try {
    return { value: await fn() };
  } catch (error) {
    if (!(error instanceof allowed) || error.constructor !== allowed) {
      throw error;
    }
    const { message } = error;
    assertEquals(printable(message), message, "A message is safe to print");
    assert(message.length < 1_000, "A message is a line to read");
    return { error: message };
  }
}

/**
 * Characters that a terminal obeys, that IDNA turns into ASCII, that some programs
 * treat as white space or digits; halves of a character; and those with a meaning in
 * an address, a URL, a command line or a header.
 */
const NASTY = [
  ..."\0\t\n\v\r \x1b\x7f\x80\x85\x9b\xa0\xad\xff",
  ..."\u061c\u200b\u200c\u200d\u200e\u2028\u2029\u202e\u2066\u3000\ufeff\ufffd",
  ..."。．：／［］％＠ａ１٣ßſKİ℀\u0301😀小\u2764\ufe0f\u{e0041}\u{10ffff}",
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

const anyByte = fc.oneof(
  fc.constantFrom(...new TextEncoder().encode("\r\n\0 \t:;,-=/.019afAFx")),
  fc.constantFrom(0x80, 0xa0, 0xc3, 0xe2, 0xed, 0xef, 0xf0, 0xf4, 0xff),
  fc.nat(255),
);

/** Any bytes, those that have a meaning somewhere more often than others. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.array(anyByte)
  .map((bytes) => Uint8Array.from(bytes));

/** The same with up to three places edited; often as it was. */
function edited<T>(
  items: fc.Arbitrary<T[]>,
  item: fc.Arbitrary<T>,
): fc.Arbitrary<T[]> {
  const edit = fc.record({
    at: fc.nat(),
    remove: fc.nat(3),
    insert: fc.array(item, { maxLength: 3 }),
    /** How often the items after the place are repeated. */
    again: fc.oneof(
      { weight: 20, arbitrary: fc.constant(0) },
      { weight: 4, arbitrary: fc.nat(3) },
      { weight: 1, arbitrary: fc.nat(500) },
    ),
  });
  return fc.tuple(items, fc.array(edit, { maxLength: 3 }))
    .map(([items, edits]) =>
      edits.reduce((before, { at, remove, insert, again }) => {
        const start = at % (before.length + 1);
        const behind = before.slice(start, start + 5);
        const copies = Array.from({ length: again }, () => behind).flat();
        return before.toSpliced(start, remove, ...insert, ...copies);
      }, items)
    );
}

/** Text that is nearly this. */
export function nearly(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const characters = text.map((text) => text.split(""));
  return edited(characters, fc.constantFrom(...NASTY)).map((all) =>
    all.join("")
  );
}

/** Bytes that are nearly these. */
export function nearlyBytes(
  bytes: fc.Arbitrary<Uint8Array>,
): fc.Arbitrary<Uint8Array> {
  return edited(bytes.map((bytes) => [...bytes]), anyByte)
    .map((bytes) => Uint8Array.from(bytes));
}

/** How the network cuts bytes: the sizes of the pieces, used again and again. */
export const cuts: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([1]),
  fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
);

/** All at once. */
export const WHOLE = [Number.MAX_SAFE_INTEGER];

/**
 * Bytes that come in pieces of these sizes, again and again. Its reads never wait, so
 * an endless loop of reads would block every timer: it ends here, with an error.
 */
export function source(bytes: Uint8Array, sizes: number[]): Reader {
  let [at, turn, ends] = [0, 0, 0];
  return {
    read(p) {
      if (p.length === 0) throw new Error("Read into a buffer without room");
      if (at === bytes.length) {
        if (++ends > 100) throw new Error("Read on and on after the end");
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

/** One part of a name, 1 to 63 characters. */
const label = fc.stringMatching(
  /^[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9_])?$/,
);

/** A name in ASCII, at most 253 characters and a dot; its last part is no number. */
const name: fc.Arbitrary<string> = fc.tuple(
  fc.array(label, { maxLength: 3 }),
  fc.stringMatching(/^(x|com|_|Z)[a-zA-Z0-9_]{0,10}$/),
  fc.constantFrom("", "."),
).map(([labels, last, dot]) => [...labels, last].join(".") + dot);

/** A valid host: a name or an address. */
export const host: fc.Arbitrary<string> = fc.oneof(name, fc.ipV4(), fc.ipV6());
