import { indexOf, type Reader } from "./streams.ts";

/**
 * The buffer's size in bytes. With 65,536 a page of 1 GB from the same machine took
 * 2.4 times as long.
 */
const BUFFER_SIZE = 262_144;

/**
 * Reads a byte stream up to a delimiter, or as much as there is.
 *
 * TCP keeps the order of bytes, but not the boundaries of the writes that sent them:
 * one read may return half a line or three. Bytes beyond the delimiter stay in the
 * buffer for the next call.
 *
 * Nothing is copied on the way out. A method returns a view into the one buffer, and
 * the next call overwrites it: use or copy the bytes before. For the same reason only
 * one call may be pending at a time.
 *
 * @example
 * ```ts
 * import { BufferedReader } from "./mod.ts";
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
  // Bytes that were read and not yet returned: #buffer[#start..#end].
  #start = 0;
  #end = 0;

  /**
   * Makes a reader with an empty buffer.
   *
   * @throws {RangeError} If the size is not a whole number of at least 1.
   * @param reader The source of the bytes.
   * @param size The buffer's size in bytes. It grows only if a line in `readUntil`
   * is longer, and to the limit of that call at most.
   */
  constructor(reader: Reader, size = BUFFER_SIZE) {
    assertPositive("Buffer size", size);
    this.#reader = reader;
    this.#buffer = new Uint8Array(size);
  }

  /**
   * Reads up to and including a delimiter.
   *
   * However small the pieces are that arrive, no byte is compared twice, except
   * where a delimiter of several bytes may have begun.
   *
   * @throws {LimitExceededError} If the delimiter is not within the limit. No byte is consumed.
   * @throws {UnexpectedEndError} If the input ends after some bytes, before the delimiter.
   * @throws {RangeError} If the delimiter is empty.
   * @param delimiter The bytes to stop after.
   * @param limit The most bytes to accept, delimiter included.
   * @returns A view of the bytes, valid until the next call, or `null` at the end of
   * the input.
   */
  async readUntil(
    delimiter: Uint8Array,
    limit: number,
  ): Promise<Uint8Array | null> {
    assertPositive("Delimiter length", delimiter.length);
    let scanned = 0;
    for (;;) {
      const buffered = this.#buffer.subarray(
        this.#start,
        Math.min(this.#end, this.#start + limit),
      );
      const found = indexOf(buffered, delimiter, scanned);
      if (found >= 0) return this.#take(found + delimiter.length);
      if (buffered.length >= limit) {
        throw new LimitExceededError(`No delimiter within ${limit} bytes`);
      }
      scanned = Math.max(0, buffered.length - delimiter.length + 1);
      if (!await this.#fill(limit)) {
        if (buffered.length === 0) return null;
        throw new UnexpectedEndError(
          `Input ended after ${buffered.length} bytes, before the delimiter`,
        );
      }
    }
  }

  /**
   * Returns buffered bytes, and reads only if there are none.
   *
   * @throws {RangeError} If `max` is not a whole number of at least 1.
   * @param max The most bytes to return.
   * @returns A view of 1 to `max` bytes, valid until the next call, or `null` at
   * the end of the input.
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

  // Called with fewer than `limit` bytes buffered, so growing to it makes room.
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

/** The delimiter is not within the limit of {@linkcode BufferedReader.readUntil}. */
export class LimitExceededError extends Error {
  /** The name that a printed error begins with. */
  override name = "LimitExceededError";
}

/** The input ended after some bytes, before the delimiter. */
export class UnexpectedEndError extends Error {
  /** The name that a printed error begins with. */
  override name = "UnexpectedEndError";
}

function assertPositive(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${what} must be a whole number above 0: ${value}`);
  }
}
