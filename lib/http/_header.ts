import type { BufferedReader } from "../io/mod.ts";
import { HttpError } from "./error.ts";
import { LineReader } from "./_lines.ts";

/** Fields as received: in their order, names in their case. */
export type HttpFields = ReadonlyArray<readonly [name: string, value: string]>;

/** The first part of a response: status line and fields (RFC 9112, 2.1). */
export interface HttpHeader {
  /** The first line as received, without its line end. */
  statusLine: string;
  /** The server's version of HTTP. */
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
export async function readHeader(
  reader: BufferedReader,
  limit = HEADER_LIMIT,
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
  };
}

/**
 * Reads field lines up to the empty line after them: those of a header, or of the
 * trailer section of a chunked body (RFC 9112, 5 and 7.1.2).
 */
export async function readFields(lines: LineReader): Promise<HttpFields> {
  const fields: [name: string, parts: string[]][] = [];
  for (;;) {
    const line = await lines.next();
    if (line === null) throw lines.endedEarly();
    if (line === "") break;
    if (isBlank(line[0])) unfold(line, fields.at(-1)?.[1]);
    else fields.push(parseField(line));
  }
  // One space for each fold. After an empty first line it is a leading blank.
  return fields.map(([name, parts]) => [name, trimBlanks(parts.join(" "))]);
}

/**
 * Adds a continuation line to the value that it continues (`obs-fold`).
 *
 * A user agent must understand it (RFC 9112, 5.2). Two kinds are refused, because
 * recipients differ: some skip such a line before the first field (2.2 forbids to
 * send it), and some take a line of blanks for the end of the header.
 */
function unfold(line: string, parts: string[] | undefined): void {
  if (parts === undefined) {
    throw new HttpError("Whitespace before the first field", line);
  }
  const part = trimBlanks(line);
  if (part === "") throw new HttpError("Folded line without a value", line);
  parts.push(part);
}

function parseField(line: string): [name: string, parts: string[]] {
  const colon = line.indexOf(":");
  if (colon < 0) throw new HttpError("Field line without a colon", line);
  if (colon === 0) throw new HttpError("Field line without a name", line);
  if (isBlank(line[colon - 1])) {
    throw new HttpError("Whitespace before the colon of a field", line);
  }
  const name = line.slice(0, colon);
  if (!TOKEN.test(name)) throw new HttpError("Invalid field name", name);
  return [name, [trimBlanks(line.slice(colon + 1))]];
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
 * Returns the value of the field `name` (in any case), or `null` without one.
 *
 * The values of several lines are joined to one list, in order (RFC 9110, 5.3).
 */
export function fieldValue(fields: HttpFields, name: string): string | null {
  const wanted = name.toLowerCase();
  const values = fields
    .filter(([name]) => name.toLowerCase() === wanted)
    .map(([, value]) => value);
  return values.length === 0 ? null : values.join(", ");
}

/** Splits a list and drops its empty elements (RFC 9110, 5.6.1.2). */
export function listElements(value: string): string[] {
  return value.split(",").map(trimBlanks).filter((element) => element !== "");
}
