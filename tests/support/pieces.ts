import { BufferedReader } from "../../lib/io/buffered_reader.ts";

/** A reader whose reads return these pieces, at most one each. */
export function feed(pieces: Uint8Array[]): BufferedReader {
  let next = 0;
  let rest: Uint8Array = new Uint8Array();
  return new BufferedReader({
    read(p) {
      if (rest.length === 0) {
        const piece = pieces[next++];
        if (piece === undefined) return Promise.resolve(null);
        rest = piece;
      }
      const n = Math.min(rest.length, p.length);
      p.set(rest.subarray(0, n));
      rest = rest.subarray(n);
      return Promise.resolve(n);
    },
  });
}

/** The input whole, a byte at a time, and cut in two at each position. */
export function everyWayToCut(whole: Uint8Array): Uint8Array[][] {
  const ways = [[whole], Array.from(whole, (byte) => Uint8Array.of(byte))];
  for (let i = 1; i < whole.length; i++) {
    ways.push([whole.subarray(0, i), whole.subarray(i)]);
  }
  return ways;
}
