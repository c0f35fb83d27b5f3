import type { Reader } from "./streams.ts";

/** Thrown when the limit is reached and the delimiter has not come. */
export class LimitExceededError extends Error {
  /** The name that a printed error begins with. */
  override name = "LimitExceededError";
}

/** Thrown when input ends before the delimiter, and bytes had come by then. */
export class UnexpectedEndError extends Error {
  /** The name that a printed error begins with. */
  override name = "UnexpectedEndError";
}

/** With 65,536 a page of 1 GB from the same machine took 2.4 times as long. */
const BUFFER_SIZE = 262_144;

/**
 * Takes a byte stream apart where its format says, not where the network cut it.
 *
 * TCP keeps the order of bytes and forgets the writes that sent them: one read
 * may return half a line or three. What was read too far stays in the buffer for
 * the next call.
 *
 * Nothing is copied on the way out. What a method returns is a view into the one
 * buffer, and the next call overwrites it: use it or copy it before. For the same
 * reason only one call may be under way at a time.
 *
 * @example
 * ```ts
 * import { BufferedReader } from "./buffered_reader.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const pieces = ["na", "me\nbo", "dy"].map((s) => new TextEncoder().encode(s));
 * const reader = new BufferedReader({
 *   read(p) {
 *     const piece = pieces.shift();
 *     if (piece === undefined) return Promise.resolve(null);
 *     p.set(piece);
 *     return Promise.resolve(piece.length);
 *   },
 * });
 * const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? undefined);
 *
 * const line = await reader.readUntil(new Uint8Array([0x0a]), 1024);
 * assertEquals(text(line), "name\n");
 * assertEquals(text(await reader.read(1024)), "bo");
 * ```
 */
export class BufferedReader {
  #reader: Reader;
  #buffer: Uint8Array;
  // What has been read and not handed out yet is #buffer[#start..#end].
  #start = 0;
  #end = 0;

  /**
   * Makes a reader with an empty buffer.
   *
   * @throws {RangeError} If the size is not a whole number of at least 1.
   * @param reader Where the bytes come from.
   * @param size The buffer's size in bytes; it grows only when `readUntil` must.
   */
  constructor(reader: Reader, size = BUFFER_SIZE) {
    assertPositive("Buffer size", size);
    this.#reader = reader;
    this.#buffer = new Uint8Array(size);
  }

  /**
   * Reads up to and including a delimiter.
   *
   * No byte is looked at twice, however small the pieces it comes in, apart from
   * those that may be the beginning of a delimiter of several bytes.
   *
   * @throws {LimitExceededError} If the delimiter is not within the limit. No byte is consumed.
   * @throws {UnexpectedEndError} If input ends before the delimiter.
   * @throws {RangeError} If the delimiter is empty.
   * @param delimiter The bytes to stop after.
   * @param limit The most bytes to accept, delimiter included.
   * @returns A view of the bytes, valid until the next call, or `null` if input
   * had ended and nothing was left.
   */
  async readUntil(
    delimiter: Uint8Array,
    limit: number,
  ): Promise<Uint8Array | null> {
    assertPositive("Delimiter length", delimiter.length);
    let scanned = 0;
    for (;;) {
      const waiting = this.#buffer.subarray(
        this.#start,
        Math.min(this.#end, this.#start + limit),
      );
      const found = indexOf(waiting, delimiter, scanned);
      if (found >= 0) return this.#take(found + delimiter.length);
      if (waiting.length >= limit) {
        throw new LimitExceededError(`No delimiter within ${limit} bytes`);
      }
      scanned = Math.max(0, waiting.length - delimiter.length + 1);
      if (!await this.#fill(limit)) {
        if (waiting.length === 0) return null;
        throw new UnexpectedEndError(
          `Input ended after ${waiting.length} bytes, before the delimiter`,
        );
      }
    }
  }

  /**
   * Reads what is there, and waits only if that is nothing.
   *
   * @throws {RangeError} If `max` is not a whole number of at least 1.
   * @param max The most bytes to return.
   * @returns A view of 1 to `max` bytes, valid until the next call, or `null` at
   * the end of input.
   */
  async read(max: number): Promise<Uint8Array | null> {
    assertPositive("Maximum", max);
    while (this.#start === this.#end) {
      if (!await this.#fill(this.#buffer.length)) return null;
    }
    return this.#take(Math.min(max, this.#end - this.#start));
  }

  #take(length: number): Uint8Array {
    this.#start += length;
    return this.#buffer.subarray(this.#start - length, this.#start);
  }

  async #fill(limit: number): Promise<boolean> {
    if (this.#start === this.#end) this.#start = this.#end = 0;
    if (this.#end === this.#buffer.length) this.#makeRoom(limit);
    const n = await this.#reader.read(this.#buffer.subarray(this.#end));
    this.#end += n ?? 0;
    return n !== null;
  }

  // Called with fewer than `limit` bytes waiting, so growing to it makes room.
  #makeRoom(limit: number): void {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    } else {
      const larger = new Uint8Array(Math.min(this.#buffer.length * 2, limit));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#end -= this.#start;
    this.#start = 0;
  }
}

function indexOf(bytes: Uint8Array, part: Uint8Array, from: number): number {
  const [first = 0] = part;
  let at = bytes.indexOf(first, from);
  while (at >= 0 && !part.every((byte, i) => bytes[at + i] === byte)) {
    at = bytes.indexOf(first, at + 1);
  }
  return at;
}

function assertPositive(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${what} must be a whole number above 0: ${value}`);
  }
}
