import {
  type BufferedReader,
  LimitExceededError,
  UnexpectedEndError,
} from "../io/buffered_reader.ts";
import { HttpError } from "./response.ts";

const LF = new Uint8Array([0x0a]);
// A byte order mark in the middle of a text is a character like any other.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Receives the lines of one part of a response, against one limit for them all.
 *
 * A line is decoded as UTF-8 if it is that, and else as one character a byte
 * (ISO 8859-1), so no byte is ever replaced by U+FFFD. Controls other than CR,
 * LF and NUL are kept: escape them before you print them.
 *
 * @example
 * ```ts
 * import { BufferedReader } from "../io/buffered_reader.ts";
 * import { LineReader } from "./_lines.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("5;a=b\r\n");
 * const reader = new BufferedReader({
 *   read: (p) => Promise.resolve((p.set(bytes), bytes.length)),
 * });
 * assertEquals(await new LineReader(reader, 80, "chunk size").next(), "5;a=b");
 * ```
 */
export class LineReader {
  #reader: BufferedReader;
  #limit: number;
  #left: number;
  #part: string;

  /**
   * Starts counting.
   *
   * @param reader Where the bytes come from.
   * @param limit The most bytes to accept in all, line ends included.
   * @param part What the lines are part of, for the words of an error.
   */
  constructor(reader: BufferedReader, limit: number, part: string) {
    this.#reader = reader;
    this.#limit = this.#left = limit;
    this.#part = part;
  }

  /**
   * Receives one line.
   *
   * @throws {HttpError} If the line has a bare LF, a bare CR or a NUL in it, the
   * limit is reached, or input ends in the middle of the line.
   * @returns The line without its CRLF, or `null` if input ended before it.
   */
  async next(): Promise<string | null> {
    try {
      const bytes = await this.#reader.readUntil(LF, this.#left);
      if (bytes === null) return null;
      this.#left -= bytes.length;
      return parseLine(bytes, this.#part);
    } catch (error) {
      if (error instanceof UnexpectedEndError) throw this.endedEarly();
      if (!(error instanceof LimitExceededError)) throw error;
      throw new HttpError(
        `The ${this.#part} is longer than ${this.#limit} bytes`,
      );
    }
  }

  /**
   * Words the end of input where another line had to come.
   *
   * @returns The error, for the caller to throw.
   */
  endedEarly(): HttpError {
    return new HttpError(`The input ended before the ${this.#part} did`);
  }
}

function parseLine(bytes: Uint8Array, part: string): string {
  const line = decode(bytes);
  if (!line.endsWith("\r\n")) {
    throw new HttpError(`Bare LF in the ${part}`, line);
  }
  const text = line.slice(0, -2);
  if (text.includes("\r")) throw new HttpError(`Bare CR in the ${part}`, text);
  if (text.includes("\0")) throw new HttpError(`NUL in the ${part}`, text);
  return text;
}

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    // Not TextDecoder("latin1"): that is windows-1252, which is not one to one.
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  }
}
