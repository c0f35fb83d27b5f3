import { type BufferedReader, LimitExceededError } from "../io/mod.ts";
import { HttpError } from "./error.ts";

// A byte order mark in the middle of a text is a character like any other.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the lines of one part of a response, with one limit for all of them.
 *
 * Valid UTF-8 is decoded as UTF-8, anything else as ISO 8859-1 (one character a
 * byte), so no byte is ever replaced by U+FFFD. Controls other than CR, LF and
 * NUL are kept: escape them before you print them.
 */
export class LineReader {
  #reader: BufferedReader;
  #limit: number;
  #left: number;
  #part: string;

  /**
   * `limit` is in bytes, line ends included; `part` names what is read, for error
   * messages.
   */
  constructor(reader: BufferedReader, limit: number, part: string) {
    this.#reader = reader;
    this.#limit = this.#left = limit;
    this.#part = part;
  }

  /**
   * Reads one line and returns it without its CRLF, or `null` at the end of input.
   *
   * A bare LF, a bare CR or a NUL is refused. A recipient may take a bare LF for a
   * line end (RFC 9112, 2.2) or for a blank in a value (RFC 9110, 5.5), so two see
   * different fields. Seen from CGI programs behind busybox httpd and Python's
   * http.server, which pass on the program's lines; Apache and lighttpd mend them.
   */
  async next(): Promise<string | null> {
    try {
      const bytes = await this.#reader.readLine(this.#left);
      if (bytes === null) return null;
      this.#left -= bytes.length;
      return parseLine(bytes, this.#part);
    } catch (error) {
      if (error instanceof Deno.errors.UnexpectedEof) throw this.endedEarly();
      if (!(error instanceof LimitExceededError)) throw error;
      throw new HttpError(
        `The ${this.#part} is longer than ${this.#limit} bytes`,
      );
    }
  }

  /** Makes the error for input that ends where another line is required. */
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
