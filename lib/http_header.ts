import {
  type ByteReader,
  LimitExceededError,
  UnexpectedEndError,
} from "./byte_reader.ts";
import { HttpError } from "./http_error.ts";

/** The first part of a response: status line and fields (RFC 9112, 2.1). */
export interface HttpHeader {
  /** The first line as it came, without its line end. */
  statusLine: string;
  /** The version of HTTP that the server speaks. */
  version: "1.0" | "1.1";
  /** The status code, 100 to 999. */
  status: number;
  /** The reason phrase; often empty, never to be relied on. */
  reason: string;
  /** The fields in the order they came, names in the case they came in. */
  fields: ReadonlyArray<readonly [name: string, value: string]>;
}

const LF = new Uint8Array([0x0a]);
const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: (.*))?$/s;
const OTHER_VERSION = /^HTTP\/(?!1\.[01](?: |$))[\d.]+(?: |$)/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// A byte order mark in the middle of a text is a character like any other.
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Receives a response's header, and nothing of the body.
 *
 * Each line is checked as it comes, so that a server of another protocol is
 * recognised by its first line. What RFC 9112 forbids is an error rather than a
 * guess: two programs that guess differently about one response are how requests
 * get smuggled. Interim responses such as 100 (RFC 9110, 15.2) are skipped, and
 * count against the limit.
 *
 * A line is decoded as UTF-8 if it is that, and else as one character a byte
 * (ISO 8859-1), so no byte is ever replaced by U+FFFD. Controls other than CR,
 * LF and NUL are kept: escape them before you print them.
 *
 * @throws {HttpError} If the header breaks the protocol, is longer than the
 * limit, or does not come to its end; and for 101, which nobody asked for.
 * @param reader Where the response comes from.
 * @param limit The most bytes to accept.
 * @returns The header of the final response.
 *
 * @example
 * ```ts
 * import { ByteReader } from "./byte_reader.ts";
 * import { readHeader } from "./http_header.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const response = new Blob(["HTTP/1.1 200 OK\r\nAge: 7\r\n\r\nbody"]).stream();
 * const chunks = response[Symbol.asyncIterator]();
 * const reader = new ByteReader({
 *   async read(p) {
 *     const { done, value } = await chunks.next();
 *     if (done) return null;
 *     p.set(value);
 *     return value.length;
 *   },
 * });
 *
 * const header = await readHeader(reader);
 * assertEquals(header.statusLine, "HTTP/1.1 200 OK");
 * assertEquals(header.fields, [["Age", "7"]]);
 * ```
 */
export async function readHeader(
  reader: ByteReader,
  limit = 65_536,
): Promise<HttpHeader> {
  const lines = new LineReader(reader, limit, "header");
  let line = await lines.next();
  if (line === null) throw new HttpError("Nothing was received");
  while (line !== null) {
    const start = parseStatusLine(line);
    if (start.status === 101) {
      throw new HttpError("Switched protocols unasked", start.statusLine);
    }
    const fields = await readFields(lines);
    if (start.status >= 200) return { ...start, fields };
    line = await lines.next();
  }
  throw new HttpError("The input ended after an interim response");
}

/**
 * Parses a header that is in memory already, by the same rules as `readHeader`.
 *
 * @throws {HttpError} If the header breaks the protocol, or the bytes are not
 * one header from its first byte to the empty line at its end.
 * @param bytes The header, empty line included.
 * @returns The header, be it an interim one or a final one.
 *
 * @example
 * ```ts
 * import { parseHeader } from "./http_header.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("HTTP/1.0 404 Not Found\r\n\r\n");
 * assertEquals(parseHeader(bytes), {
 *   statusLine: "HTTP/1.0 404 Not Found",
 *   version: "1.0",
 *   status: 404,
 *   reason: "Not Found",
 *   fields: [],
 * });
 * ```
 */
export function parseHeader(bytes: Uint8Array): HttpHeader {
  const lines: string[] = [];
  for (let from = 0; lines.at(-1) !== "";) {
    const end = bytes.indexOf(0x0a, from) + 1;
    if (end === 0) throw new HttpError("The input ended before the header did");
    lines.push(parseLine(bytes.subarray(from, end), "header"));
    from = end;
    if (lines.at(-1) === "" && from < bytes.length) {
      throw new HttpError("Bytes follow the header");
    }
  }
  const [first = "", ...rest] = lines.slice(0, -1);
  return { ...parseStatusLine(first), fields: rest.map(parseField) };
}

/**
 * Finds all values of a field.
 *
 * @param header Where to look.
 * @param name The field's name, in any case.
 * @returns The values, in the order they came.
 *
 * @example
 * ```ts
 * import { fieldValues, parseHeader } from "./http_header.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("HTTP/1.1 200 OK\r\nAge: 7\r\n\r\n");
 * assertEquals(fieldValues(parseHeader(bytes), "age"), ["7"]);
 * ```
 */
export function fieldValues(header: HttpHeader, name: string): string[] {
  const wanted = name.toLowerCase();
  return header.fields
    .filter(([name]) => name.toLowerCase() === wanted)
    .map(([, value]) => value);
}

/**
 * Receives field lines up to the empty line after them: a header's, or the
 * trailer section's of a chunked body (RFC 9112, 5 and 7.1.2).
 *
 * @throws {HttpError} If a line is not a field, or no empty line comes.
 * @param lines Where the lines come from.
 * @returns The fields in the order they came.
 *
 * @example
 * ```ts
 * import { ByteReader } from "./byte_reader.ts";
 * import { LineReader, readFields } from "./http_header.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("Age: 7\r\n\r\n");
 * const reader = new ByteReader({
 *   read: (p) => Promise.resolve((p.set(bytes), bytes.length)),
 * });
 * const lines = new LineReader(reader, 1024, "trailer section");
 * assertEquals(await readFields(lines), [["Age", "7"]]);
 * ```
 */
export async function readFields(
  lines: LineReader,
): Promise<[name: string, value: string][]> {
  const fields: [name: string, value: string][] = [];
  for (;;) {
    const line = await lines.next();
    if (line === null) throw lines.endedEarly();
    if (line === "") return fields;
    fields.push(parseField(line));
  }
}

/**
 * Receives the lines of one part of a response, against one limit for them all.
 *
 * @example
 * ```ts
 * import { ByteReader } from "./byte_reader.ts";
 * import { LineReader } from "./http_header.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("5;a=b\r\n");
 * const reader = new ByteReader({
 *   read: (p) => Promise.resolve((p.set(bytes), bytes.length)),
 * });
 * assertEquals(await new LineReader(reader, 80, "chunk size").next(), "5;a=b");
 * ```
 */
export class LineReader {
  #reader: ByteReader;
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
  constructor(reader: ByteReader, limit: number, part: string) {
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

function parseStatusLine(line: string): Omit<HttpHeader, "fields"> {
  const match = STATUS_LINE.exec(line);
  if (match === null) {
    throw new HttpError(
      OTHER_VERSION.test(line)
        ? "Neither HTTP/1.0 nor HTTP/1.1"
        : "Not an HTTP status line",
      line,
    );
  }
  return {
    statusLine: line,
    version: match[1] === "1.0" ? "1.0" : "1.1",
    status: Number(match[2]),
    reason: match[3] ?? "",
  };
}

function parseField(line: string): [name: string, value: string] {
  if (isBlank(line[0])) throw new HttpError("Folded field line", line);
  const colon = line.indexOf(":");
  if (colon < 0) throw new HttpError("Field line without a colon", line);
  if (colon === 0) throw new HttpError("Field line without a name", line);
  if (isBlank(line[colon - 1])) {
    throw new HttpError("Whitespace before the colon of a field", line);
  }
  const name = line.slice(0, colon);
  if (!TOKEN.test(name)) throw new HttpError("Invalid field name", name);
  // Not trim(), which also takes U+00A0 and its like off the value.
  let start = colon + 1;
  let end = line.length;
  while (start < end && isBlank(line[start])) start++;
  while (end > start && isBlank(line[end - 1])) end--;
  return [name, line.slice(start, end)];
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t";
}
