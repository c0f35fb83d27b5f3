import { BufferedReader, type Reader } from "../io/mod.ts";
import { readBody } from "./_body.ts";
import { readHeader } from "./_header.ts";

/** A response, its header read and its body still to come. */
export interface HttpResponse {
  /**
   * The first line as it came, without its line end: `HTTP/1.1 200 OK`.
   *
   * It and the fields may hold control characters: escape them before you print
   * them. What is not UTF-8 is decoded as ISO 8859-1.
   */
  statusLine: string;
  /** The server's version of HTTP. */
  version: "1.0" | "1.1";
  /** The status code, 200 to 999. */
  status: number;
  /** Name and value of each field, in the order and the case in which they came. */
  fields: ReadonlyArray<readonly [name: string, value: string]>;
  /**
   * The body without its chunked coding, in pieces of the sizes that the network
   * gave. Each piece is a view into a buffer that the next piece overwrites: use
   * it, or copy it, before you ask for the next. The iteration throws an
   * {@linkcode HttpError} if the body ends early or a chunk is malformed.
   */
  body: AsyncGenerator<Uint8Array>;
}

/**
 * Reads the response to a GET request from a connection.
 *
 * Header and body arrive as one stream of bytes: where one read ends and the next
 * begins says nothing about where the header ends. Neither does the end of the
 * connection always mark the end of the body (RFC 9112, 6.3). Reading stops at the
 * end of the body, so a server that keeps the connection open is not waited for.
 *
 * The reader is strict. What RFC 9112 forbids, and what two recipients could read
 * in two ways, is an error and not a guess. A header may have 64 KiB; interim
 * responses such as 103 are skipped, and a redirect is returned as it is.
 *
 * @throws {HttpError} If the header breaks the rules of HTTP, is longer than
 * 64 KiB or incomplete, or says in two ways where the body ends.
 * @param reader The connection, once the request has been written.
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
  const buffered = new BufferedReader(reader);
  const header = await readHeader(buffered);
  return { ...header, body: readBody(header, buffered) };
}
