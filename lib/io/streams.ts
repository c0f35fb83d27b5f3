/** Where bytes come from, as `Deno.Conn` gives them. */
export interface Reader {
  /** Reads at least 1 byte into `p`; `null` at the end of input. */
  read(p: Uint8Array): Promise<number | null>;
}

/** Where bytes go, as `Deno.Conn` takes them. */
export interface Writer {
  /** Writes some of `p`, at least 1 byte, and says how many. */
  write(p: Uint8Array): Promise<number>;
}

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
 * import { readExactly } from "./streams.ts";
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

/**
 * Writes all of `bytes`, however often that takes.
 *
 * One `write()` of a TCP connection takes only what fits the kernel's send
 * buffer: 8 MB to a slow reader were seen to return after 3.9 MB. Python's
 * `send` does the same, and its `sendall` is this function.
 *
 * @throws {Deno.errors.BrokenPipe} If the peer has closed the connection.
 * @throws {Deno.errors.ConnectionReset} If the peer has reset it.
 * @throws {Deno.errors.WriteZero} If the writer takes nothing.
 *
 * @param writer Where the bytes go.
 * @param bytes What to write; it must not change before the promise settles.
 *
 * @example A writer that takes two bytes at a time
 * ```ts
 * import { writeAll } from "./streams.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const taken: number[] = [];
 * const slow = {
 *   write(p: Uint8Array) {
 *     const part = p.subarray(0, 2);
 *     taken.push(...part);
 *     return Promise.resolve(part.length);
 *   },
 * };
 * await writeAll(slow, new Uint8Array([1, 2, 3, 4, 5]));
 * assertEquals(taken, [1, 2, 3, 4, 5]);
 * ```
 */
export async function writeAll(
  writer: Writer,
  bytes: Uint8Array,
): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const n = await writer.write(bytes.subarray(written));
    if (n === 0) {
      throw new Deno.errors.WriteZero(
        `Cannot write: the writer took ${written} of ${bytes.length} bytes`,
      );
    }
    written += n;
  }
}

/**
 * Whether two byte arrays hold the same bytes.
 *
 * @param a The one.
 * @param b The other.
 * @returns `true` if they are of one length and equal at each place.
 *
 * @example
 * ```ts
 * import { equals } from "./streams.ts";
 * import { assert } from "@std/assert";
 *
 * assert(equals(new Uint8Array([1, 2]), new Uint8Array([1, 2])));
 * assert(!equals(new Uint8Array([1, 2]), new Uint8Array([1])));
 * ```
 */
export function equals(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
