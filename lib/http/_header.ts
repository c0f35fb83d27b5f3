import {
  type BufferedReader,
  LimitExceededError,
} from "../io/buffered_reader.ts";
import { quote } from "../text/printable.ts";

/** Fields as received: in their order, names in their case. */
export type HttpFields = ReadonlyArray<readonly [name: string, value: string]>;

/** The first part of a response: status line and fields (RFC 9112, 2.1). */
export interface HttpHeader {
  /** The first line as received, without its line end. */
  statusLine: string;
  version: "1.0" | "1.1";
  /** The status code, 100 to 999. */
  status: number;
  fields: HttpFields;
}

/** Four times what Node.js accepts (its `--max-http-header-size` is 16 KiB). */
const HEADER_LIMIT = 65_536;
/** The reason phrase after the status code is optional, often empty, and unused. */
const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: .*)?$/s;
const OTHER_VERSION = /^HTTP\/(?!1\.[01](?: |$))[\d.]+(?: |$)/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * Reads the header of the final response, and nothing of its body.
 *
 * Each line is checked as it arrives, so another protocol is recognised by its
 * first line. What RFC 9112 forbids is an error rather than a guess: two programs
 * that guess differently about one response make response splitting possible.
 * Interim responses such as 100 (RFC 9110, 15.2) are skipped, and count against
 * the limit. 101 is refused, because the request did not ask to switch protocols.
 */
export async function readHeader(reader: BufferedReader): Promise<HttpHeader> {
  const lines = new LineReader(reader, HEADER_LIMIT, "header");
  let line = await lines.next();
  if (line === null) throw new HttpError("Nothing was received");
  while (line !== null) {
    const start = parseStatusLine(line);
    if (start.status === 101) {
      throw new HttpError("Switched protocols unasked", line);
    }
    const fields = await readFields(lines);
    if (start.status >= 200) return { ...start, fields };
    line = await lines.next();
  }
  throw new HttpError("The input ended after an interim response");
}

function parseStatusLine(line: string): Omit<HttpHeader, "fields"> {
  const [, version, status] = STATUS_LINE.exec(line) ?? [];
  if (version === "1.0" || version === "1.1") {
    return { statusLine: line, version, status: Number(status) };
  }
  const isOther = OTHER_VERSION.test(line);
  throw new HttpError(
    isOther ? "Neither HTTP/1.0 nor HTTP/1.1" : "Not an HTTP status line",
    line,
  );
}

/**
 * Reads field lines up to the empty line after them: those of a header, or of the
 * trailer section of a chunked body (RFC 9112, 5 and 7.1.2).
 */
export async function readFields(lines: LineReader): Promise<HttpFields> {
  const fields: [name: string, value: string][] = [];
  for (let line; (line = await lines.next()) !== "";) {
    if (line === null) throw lines.endedEarly();
    fields.push(parseField(line));
  }
  return fields;
}

function parseField(line: string): [name: string, value: string] {
  if (isBlank(line[0])) {
    throw new HttpError("Field line that begins with a blank", line);
  }
  const colon = line.indexOf(":");
  if (colon < 0) throw new HttpError("Field line without a colon", line);
  if (colon === 0) throw new HttpError("Field line without a name", line);
  if (isBlank(line[colon - 1])) {
    throw new HttpError("Whitespace before the colon of a field", line);
  }
  const name = line.slice(0, colon);
  if (!TOKEN.test(name)) throw new HttpError("Invalid field name", name);
  return [name, trimBlanks(line.slice(colon + 1))];
}

/** Not `trim()`, which also removes U+00A0 and other Unicode white space. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start])) start++;
  while (end > start && isBlank(text[end - 1])) end--;
  return text.slice(start, end);
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t";
}

/**
 * The value of the field `name` (in any case), or `null` without one. The values of
 * several lines are joined to one list, in order (RFC 9110, 5.3).
 */
export function fieldValue(fields: HttpFields, name: string): string | null {
  const values = fields
    .filter(([other]) => other.toLowerCase() === name.toLowerCase())
    .map(([, value]) => value);
  return values.length === 0 ? null : values.join(", ");
}

/** Splits a list and drops its empty elements (RFC 9110, 5.6.1.2). */
export function listElements(value: string): string[] {
  return value.split(",").map(trimBlanks).filter((element) => element !== "");
}

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
  readonly #reader: BufferedReader;
  readonly #limit: number;
  readonly #part: string;
  #left: number;

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
   * http.server, which pass on the program's lines; Apache and lighttpd repair them.
   */
  async next(): Promise<string | null> {
    try {
      const bytes = await this.#reader.readLine(this.#left);
      if (bytes === null) return null;
      this.#left -= bytes.length;
      return this.#parse(decode(bytes));
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

  #parse(line: string): string {
    const text = line.slice(0, -2);
    const fault = !line.endsWith("\r\n")
      ? "Bare LF"
      : text.includes("\r")
      ? "Bare CR"
      : text.includes("\0")
      ? "NUL"
      : null;
    if (fault === null) return text;
    const shown = fault === "Bare LF" ? line : text;
    throw new HttpError(`${fault} in the ${this.#part}`, shown);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    // Not TextDecoder("latin1"): that is windows-1252, which is not one to one.
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  }
}

/**
 * A response breaks the rules of HTTP, or exceeds a limit.
 *
 * The faulty value comes from the network, so the message shows it as
 * `quote` of `lib/text` does: the message is one line and safe to print.
 *
 * @example
 * ```ts
 * import { HttpError } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new HttpError("Malformed status line", "ICY\x1b[2J 200");
 * assertEquals(error.message, 'Malformed status line: "ICY\\x1b[2J 200"');
 * ```
 */
export class HttpError extends Error {
  /** The name that a printed error begins with. */
  override name = "HttpError";

  /**
   * Makes the error.
   *
   * @param problem What is wrong: sentence case, no full stop.
   * @param value The faulty value, shown after the problem.
   */
  constructor(problem: string, value?: string) {
    super(value === undefined ? problem : `${problem}: ${quote(value)}`);
  }
}
