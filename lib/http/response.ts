import { BufferedReader } from "../io/buffered_reader.ts";
import type { Reader } from "../io/streams.ts";
import { quote } from "../text/printable.ts";
import { readBody } from "./_body.ts";
import { fieldValue, HttpError, readHeader } from "./_header.ts";

/**
 * The size of the buffer in bytes. With 65,536 a body of 1 GB from the same machine
 * takes 2.4 times as long.
 */
const BUFFER_SIZE = 262_144;

/** A response whose header has been read, and whose body has not. */
export interface HttpResponse {
  /**
   * The first line as received, without its line end: `HTTP/1.1 200 OK`.
   *
   * This line and the fields may hold control characters: escape them before you
   * print them. A line that is not UTF-8 is decoded as ISO 8859-1.
   */
  statusLine: string;
  /** The status code, 200 to 999. */
  status: number;
  /** Name and value of each field, in the order and the case received. */
  fields: ReadonlyArray<readonly [name: string, value: string]>;
  /**
   * The body without its chunked coding, in pieces of the sizes in which the network
   * delivers them. Each piece is a view into a buffer that the next one overwrites:
   * use or copy it before you request the next. The iteration throws an
   * {@linkcode HttpError} if the body ends early or a chunk is malformed.
   */
  body: AsyncGenerator<Uint8Array>;
}

/**
 * Reads the response to a GET request from a connection.
 *
 * Header and body arrive as one stream of bytes, and a read may end anywhere in
 * either. The body ends where its length or its last chunk says, or else with the
 * connection (RFC 9112, 6.3). Nothing is read beyond it, so a server that keeps the
 * connection open causes no wait.
 *
 * Parsing is strict: a response that RFC 9112 forbids, or that two recipients could
 * read in two ways, is an error and not a guess. The header may have 64 KiB. Interim
 * responses such as 103 are skipped, and a redirect is returned like any other.
 *
 * @throws {HttpError} If the header breaks the rules of HTTP, is longer than
 * 64 KiB or incomplete, or does not say in one way where the body ends.
 * @param reader The connection, after the request has been written.
 * @returns The response, as soon as its header is complete.
 *
 * @example
 * ```ts
 * import { readResponse } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode(
 *   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nHi\r\n1\r\n!\r\n0\r\n\r\n",
 * );
 * // In place of a connection.
 * const reader = { read: (p: Uint8Array) => Promise.resolve((p.set(bytes), bytes.length)) };
 *
 * const { statusLine, fields, body } = await readResponse(reader);
 * assertEquals(statusLine, "HTTP/1.1 200 OK");
 * assertEquals(fields, [["Transfer-Encoding", "chunked"]]);
 * let text = "";
 * for await (const part of body) text += new TextDecoder().decode(part);
 * assertEquals(text, "Hi!");
 * ```
 */
export async function readResponse(reader: Reader): Promise<HttpResponse> {
  const buffered = new BufferedReader(reader, BUFFER_SIZE);
  const header = await readHeader(buffered);
  const { statusLine, status, fields } = header;
  return { statusLine, status, fields, body: readBody(header, buffered) };
}

/**
 * Requires that a response has what was asked for: a status of 200 to 299.
 *
 * @throws {HttpError} If it has another one. The message has the status line, and
 * the location of a redirect.
 * @param response The response.
 *
 * @example
 * ```ts
 * import { HttpError, requireSuccess } from "./mod.ts";
 * import { assertThrows } from "@std/assert";
 *
 * const response = { status: 301, statusLine: "HTTP/1.1 301" };
 * assertThrows(
 *   () => requireSuccess({ ...response, fields: [["Location", "/b"]] }),
 *   HttpError,
 *   'The server did not send the page: "HTTP/1.1 301", location "/b"',
 * );
 * ```
 */
export function requireSuccess(
  { status, statusLine, fields }: Omit<HttpResponse, "body">,
): void {
  if (status >= 200 && status <= 299) return;
  const location = fieldValue(fields, "Location");
  const where = location === null ? "" : `, location ${quote(location)}`;
  throw new HttpError(
    `The server did not send the page: ${quote(statusLine)}${where}`,
  );
}
