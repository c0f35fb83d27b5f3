import { preview } from "../text/printable.ts";

/** A source of bytes: the part of `Deno.Conn` that reading needs. */
export interface Reader {
  /** Reads at least 1 byte into `p` and returns the count, or `null` at the end of input. */
  read(p: Uint8Array): Promise<number | null>;
}

/** A destination of bytes: the part of `Deno.Conn` that writing needs. */
export interface Writer {
  /** Writes some of `p`, at least 1 byte, and returns the count. */
  write(p: Uint8Array): Promise<number>;
}

/**
 * Reads exactly `size` bytes, however the network cuts them.
 *
 * TCP is a stream of bytes without boundaries: what one side wrote at once may
 * arrive in pieces, or joined to its next write. A program that knows the length of
 * the response asks for that many bytes.
 *
 * @throws {Deno.errors.UnexpectedEof} If the input ends before.
 * @param reader The source of the bytes.
 * @param size The number of bytes.
 * @returns The bytes, in an array of their own.
 *
 * @example A response that arrives a byte at a time
 * ```ts
 * import { readExactly } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const reader = { read: (p: Uint8Array) => Promise.resolve((p[0] = 0x61, 1)) };
 * assertEquals(new TextDecoder().decode(await readExactly(reader, 3)), "aaa");
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
    if (n === null) throw unexpectedEnd(filled, size);
    filled += n;
  }
  return bytes;
}

/**
 * Reads bytes that are known beforehand, however the network cuts them.
 *
 * The first byte that differs ends the reading: a server of another protocol may send
 * fewer bytes than expected, and then wait for the client.
 *
 * @throws {UnexpectedDataError} If other bytes arrive; the message shows them.
 * @throws {Deno.errors.UnexpectedEof} If the input ends before.
 * @param reader The source of the bytes.
 * @param expected The bytes that must arrive.
 * @returns The same bytes.
 *
 * @example
 * ```ts
 * import { readExpected, UnexpectedDataError } from "./mod.ts";
 * import { assertRejects } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("220 ready");
 * const reader = {
 *   read: (p: Uint8Array) => Promise.resolve((p.set(bytes.subarray(0, 8)), 8)),
 * };
 * await assertRejects(
 *   () => readExpected(reader, new TextEncoder().encode("Welcome!")),
 *   UnexpectedDataError,
 *   'Expected "Welcome!", but "220 read" came',
 * );
 * ```
 */
export async function readExpected(
  reader: Reader,
  expected: Uint8Array,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(expected.length);
  let filled = 0;
  while (filled < expected.length) {
    const n = await reader.read(bytes.subarray(filled));
    if (n === null) throw unexpectedEnd(filled, expected.length);
    filled += n;
    const received = bytes.subarray(0, filled);
    if (!equals(received, expected.subarray(0, filled))) {
      throw new UnexpectedDataError(
        `Expected ${preview(expected)}, but ${preview(received)} came`,
      );
    }
  }
  return bytes;
}

/** Other bytes arrived than {@linkcode readExpected} expects. */
export class UnexpectedDataError extends Error {
  /** The name that a printed error begins with. */
  override name = "UnexpectedDataError";
}

/**
 * Writes all of `bytes`, with as many writes as that takes.
 *
 * One `write()` of a TCP connection takes only what fits into the kernel's send
 * buffer: a write of 8 MB to a slow reader returned after 3.9 MB (measured on
 * Linux). Python's `send` does the same, and its `sendall` is this function.
 *
 * @throws {Deno.errors.BrokenPipe} If the peer has closed the connection.
 * @throws {Deno.errors.ConnectionReset} If the peer has reset it.
 * @throws {Deno.errors.WriteZero} If a write takes no byte.
 * @param writer The destination of the bytes.
 * @param bytes The bytes, which must not change before the promise settles.
 *
 * @example A writer that takes two bytes at a time
 * ```ts
 * import { writeAll } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const taken: number[] = [];
 * const write = (p: Uint8Array) =>
 *   Promise.resolve(taken.push(...p.subarray(0, 2)) && Math.min(p.length, 2));
 * await writeAll({ write }, new Uint8Array([1, 2, 3, 4, 5]));
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
 * Whether two byte arrays have the same length and the same bytes.
 *
 * @example
 * ```ts
 * import { equals } from "./mod.ts";
 * import { assert } from "@std/assert";
 *
 * assert(equals(new Uint8Array([1, 2]), new Uint8Array([1, 2])));
 * assert(!equals(new Uint8Array([1, 2]), new Uint8Array([1])));
 * ```
 */
export function equals(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  // Ten times as fast as every().
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Joins byte arrays in their order, so that one write sends them all. The result is a
 * new array, or the only part itself.
 *
 * @example
 * ```ts
 * import { concat } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const parts = ["Hello, ", "Sarah", "!"].map((s) => new TextEncoder().encode(s));
 * assertEquals(new TextDecoder().decode(concat(parts)), "Hello, Sarah!");
 * ```
 */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const size = parts.reduce((sum, { length }) => sum + length, 0);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function unexpectedEnd(filled: number, size: number): Error {
  return new Deno.errors.UnexpectedEof(
    `The connection ended after ${filled} of ${size} bytes`,
  );
}
