import type { BufferedReader } from "../io/buffered_reader.ts";
import { quote } from "../text/printable.ts";
import { LineReader } from "./_lines.ts";

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

const STATUS_LINE = /^HTTP\/(1\.[01]) ([1-9]\d\d)(?: (.*))?$/s;
const OTHER_VERSION = /^HTTP\/(?!1\.[01](?: |$))[\d.]+(?: |$)/;

/**
 * Receives a response's header, and nothing of the body.
 *
 * Each line is checked as it comes, so that a server of another protocol is
 * recognised by its first line. What RFC 9112 forbids is an error rather than a
 * guess: two programs that guess differently about one response are how requests
 * get smuggled. Interim responses such as 100 (RFC 9110, 15.2) are skipped, and
 * count against the limit.
 *
 * The text is as `LineReader` decodes it: escape it before you print it.
 *
 * @throws {HttpError} If the header breaks the protocol, is longer than the
 * limit, or does not come to its end; and for 101, which nobody asked for.
 * @param reader Where the response comes from.
 * @param limit The most bytes to accept.
 * @returns The header of the final response.
 *
 * @example
 * ```ts
 * import { BufferedReader } from "../io/buffered_reader.ts";
 * import { readHeader } from "./response.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const response = new Blob(["HTTP/1.1 200 OK\r\nAge: 7\r\n\r\nbody"]).stream();
 * const chunks = response[Symbol.asyncIterator]();
 * const reader = new BufferedReader({
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
  reader: BufferedReader,
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
 * Finds all values of a field.
 *
 * @param header Where to look.
 * @param name The field's name, in any case.
 * @returns The values, in the order they came.
 *
 * @example
 * ```ts
 * import { fieldValues, type HttpHeader } from "./response.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const header: HttpHeader = {
 *   statusLine: "HTTP/1.1 200 OK",
 *   version: "1.1",
 *   status: 200,
 *   reason: "OK",
 *   fields: [["Via", "a"], ["Age", "7"], ["VIA", "b"]],
 * };
 * assertEquals(fieldValues(header, "via"), ["a", "b"]);
 * ```
 */
export function fieldValues(header: HttpHeader, name: string): string[] {
  const wanted = name.toLowerCase();
  return header.fields
    .filter(([name]) => name.toLowerCase() === wanted)
    .map(([, value]) => value);
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

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

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
 * import { BufferedReader } from "../io/buffered_reader.ts";
 * import { readFields } from "./response.ts";
 * import { LineReader } from "./_lines.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode("Age: 7\r\n\r\n");
 * const reader = new BufferedReader({
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

/**
 * The peer's response breaks the protocol, or passes a limit.
 *
 * The value that was wrong comes from the network, so the message shows it as
 * `quote` does: it can be printed on a terminal as it is.
 *
 * @example
 * ```ts
 * import { HttpError } from "./response.ts";
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
   * @param value The value that is wrong, shown after the problem.
   */
  constructor(problem: string, value?: string) {
    super(value === undefined ? problem : `${problem}: ${quote(value)}`);
  }
}
