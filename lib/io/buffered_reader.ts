import type { Reader } from "./streams.ts";

/** The size of a new buffer in bytes: what an idle line reader costs. */
const BUFFER_SIZE = 4_096;

/** The longest line of {@linkcode readLines}, in bytes, if nothing else is said. */
const MAX_LENGTH = 65_536;

const LF = 0x0a;

/** Options of {@linkcode readLines}. */
export interface ReadLinesOptions {
  /**
   * The most bytes of a line, its line end included.
   *
   * @default {65_536}
   */
  maxLength?: number | undefined;
}

/**
 * Reads lines of text, however the network cuts them, and returns them without their
 * line ends (LF or CRLF).
 *
 * Bytes that are not UTF-8 become U+FFFD. To read bytes after a line, or lines as
 * bytes, use a {@linkcode BufferedReader}.
 *
 * @throws {LimitExceededError} If a line is longer than `maxLength`.
 * @throws {Deno.errors.UnexpectedEof} If the input ends within a line: what came may be
 * only a part of it.
 * @throws {RangeError} If `maxLength` is not a whole number of at least 0.
 * @param reader The source of the bytes, a connection for example.
 * @param options How long a line may be.
 * @yields A line.
 *
 * @example
 * ```ts
 * import { readLines } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const chunks = ["Mich", "ael\r\nTra", "cy\n"].map((s) => new TextEncoder().encode(s));
 * const reader = {
 *   read(p: Uint8Array) {
 *     const chunk = chunks.shift();
 *     if (chunk !== undefined) p.set(chunk);
 *     return Promise.resolve(chunk?.length ?? null);
 *   },
 * };
 * const names = await Array.fromAsync(readLines(reader, { maxLength: 1_024 }));
 * assertEquals(names, ["Michael", "Tracy"]);
 * ```
 */
export async function* readLines(
  reader: Reader,
  { maxLength = MAX_LENGTH }: ReadLinesOptions = {},
): AsyncGenerator<string> {
  const buffered = new BufferedReader(reader);
  // Without ignoreBOM a line that begins with U+FEFF would lose it.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (let line; (line = await buffered.readLine(maxLength)) !== null;) {
    yield decoder.decode(line).replace(/\r?\n$/, "");
  }
}

/**
 * Reads a byte stream a line at a time, or as much as there is.
 *
 * TCP keeps the order of bytes, but not the boundaries of the writes that sent them:
 * one read may return half a line or three. Bytes beyond the line stay in the buffer
 * for the next call.
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
 * const chunk = new TextEncoder().encode("name\nbody");
 * const reader = new BufferedReader({
 *   read: (p) => Promise.resolve((p.set(chunk), chunk.length)),
 * });
 * const text = (bytes: Uint8Array | null) => new TextDecoder().decode(bytes ?? undefined);
 *
 * assertEquals(text(await reader.readLine(1_024)), "name\n");
 * assertEquals(text(await reader.read(1_024)), "body");
 * ```
 */
export class BufferedReader {
  readonly #reader: Reader;
  #buffer: Uint8Array;
  // Bytes that were read and not yet returned: #buffer[#start..#end].
  #start = 0;
  #end = 0;

  /**
   * Makes a reader with an empty buffer.
   *
   * @throws {RangeError} If the size is not a whole number of at least 1.
   * @param reader The source of the bytes.
   * @param size The buffer's size in bytes, 4,096 if left out. It grows only if a line
   * is longer, and to the limit of that call at most.
   */
  constructor(reader: Reader, size: number = BUFFER_SIZE) {
    checkWhole("Buffer size", size, 1);
    this.#reader = reader;
    this.#buffer = new Uint8Array(size);
  }

  /**
   * Reads up to and including the next line feed.
   *
   * However small the chunks are that arrive, no byte is looked at twice.
   *
   * @throws {LimitExceededError} If the line is longer than the limit. No byte is
   * consumed.
   * @throws {Deno.errors.UnexpectedEof} If the input ends within the line.
   * @throws {RangeError} If the limit is not a whole number of at least 0.
   * @param limit The most bytes of the line, its line end included.
   * @returns A view of the line with its line end, valid until the next call, or `null`
   * at the end of the input.
   */
  async readLine(limit: number): Promise<Uint8Array | null> {
    checkWhole("Limit", limit, 0);
    for (let scanned = 0;;) {
      const end = Math.min(this.#end, this.#start + limit);
      const buffered = this.#buffer.subarray(this.#start, end);
      const found = buffered.indexOf(LF, scanned);
      if (found >= 0) return this.#take(found + 1);
      scanned = buffered.length;
      if (scanned === limit) {
        throw new LimitExceededError(`A line is longer than ${limit} bytes`);
      }
      if (await this.#fill(limit)) continue;
      if (scanned === 0) return null;
      throw new Deno.errors.UnexpectedEof(
        `The input ended within a line, after ${scanned} bytes of it`,
      );
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
    checkWhole("Maximum", max, 1);
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

/** A line is longer than its limit. */
export class LimitExceededError extends Error {
  /** The name that a printed error begins with. */
  override name = "LimitExceededError";
}

function checkWhole(what: string, value: number, min: number): void {
  if (Number.isInteger(value) && value >= min) return;
  throw new RangeError(
    `${what} must be a whole number of at least ${min}: ${value}`,
  );
}
