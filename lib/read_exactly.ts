import type { Reader } from "./stream_conn.ts";

/**
 * Reads exactly `size` bytes, however the network cuts them.
 *
 * TCP is a stream of bytes without borders: what one side wrote at once may
 * come in pieces, or stuck to what it wrote next. A program that knows how long
 * its answer is asks for that many bytes.
 *
 * @throws {Deno.errors.UnexpectedEof} If the input ends before that.
 *
 * @param reader Where the bytes come from.
 * @param size How many bytes to read.
 * @returns The bytes, in an array of their own.
 *
 * @example An answer that comes a byte at a time
 * ```ts
 * import { readExactly } from "./read_exactly.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("Welcome!");
 * let at = 0;
 * const trickle = {
 *   read(p: Uint8Array) {
 *     if (at === bytes.length) return Promise.resolve(null);
 *     p.set(bytes.subarray(at, ++at));
 *     return Promise.resolve(1);
 *   },
 * };
 * assertEquals(await readExactly(trickle, 8), bytes);
 * ```
 */
export async function readExactly(
  reader: Reader,
  size: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const n = await reader.read(bytes.subarray(filled));
    if (n === null) {
      throw new Deno.errors.UnexpectedEof(
        `The connection ended after ${filled} of ${size} bytes`,
      );
    }
    filled += n;
  }
  return bytes;
}
