import {
  type BufferedReader,
  LimitExceededError,
  UnexpectedEndError,
} from "../io/buffered_reader.ts";
import { LineReader } from "./_lines.ts";
import {
  fieldValues,
  HttpError,
  type HttpHeader,
  readFields,
} from "./response.ts";

/** How a receiver knows where a body ends. */
export type BodyFraming =
  | { kind: "none" }
  | { kind: "length"; length: number }
  | { kind: "chunked" }
  | { kind: "close" };

const CRLF = new Uint8Array([0x0d, 0x0a]);
const SIZE_LINE_LIMIT = 4_096;
const TRAILER_LIMIT = 65_536;
/** A chunk's size in hexadecimal, then extensions, which nobody uses. */
const SIZE_LINE = /^([0-9A-Fa-f]+)(?:[ \t]*;.*)?$/s;
const LENGTH = /^[ \t]*(\d+)[ \t]*$/;

/**
 * Decides where the body of the response to a GET ends (RFC 9112, 6.3).
 *
 * Whatever two receivers could read in two ways is refused: a length beside a
 * transfer coding, lengths that differ, a coding other than `chunked`.
 *
 * @throws {HttpError} If the fields contradict each other or cannot be read.
 * @param header The response's header.
 * @returns The framing; `close` means that the body goes on to the end of input.
 *
 * @example
 * ```ts
 * import { bodyFraming } from "./_body.ts";
 * import type { HttpHeader } from "./response.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const header: HttpHeader = {
 *   statusLine: "HTTP/1.1 200 OK",
 *   version: "1.1",
 *   status: 200,
 *   reason: "OK",
 *   fields: [["Content-Length", "5"]],
 * };
 * assertEquals(bodyFraming(header), { kind: "length", length: 5 });
 * ```
 */
export function bodyFraming(header: HttpHeader): BodyFraming {
  const { status, version } = header;
  if (status < 200 || status === 204 || status === 304) return { kind: "none" };
  const lengths = fieldValues(header, "Content-Length");
  const codings = fieldValues(header, "Transfer-Encoding");
  if (codings.length === 0) {
    return lengths.length === 0
      ? { kind: "close" }
      : { kind: "length", length: parseLength(lengths.join(",")) };
  }
  if (lengths.length > 0) {
    throw new HttpError("Content-Length beside Transfer-Encoding");
  }
  const coding = codings.join(", ");
  if (version === "1.0") {
    throw new HttpError("Transfer-Encoding in an HTTP/1.0 response", coding);
  }
  if (coding.toLowerCase() !== "chunked") {
    throw new HttpError("Unsupported Transfer-Encoding", coding);
  }
  return { kind: "chunked" };
}

/**
 * Receives the body of the response to a GET, piece by piece.
 *
 * Memory stays that of the reader's buffer, however large the body or its chunks
 * are. A piece is a view into that buffer, valid until the next one is asked for.
 * Reading stops where the body ends, and leaves what follows where it is.
 *
 * @throws {HttpError} At once, if the header's framing is not to be trusted
 * (see `bodyFraming`); from the iteration, if the body is shorter than promised
 * or its chunks are malformed.
 * @param header The response's header.
 * @param reader Where the header came from.
 * @returns The pieces, none of them empty, in the sizes that the network gave.
 *
 * @example
 * ```ts
 * import { BufferedReader } from "../io/buffered_reader.ts";
 * import { readBody } from "./_body.ts";
 * import { readHeader } from "./response.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const bytes = new TextEncoder().encode(
 *   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nHi\r\n1\r\n!\r\n0\r\n\r\n",
 * );
 * const reader = new BufferedReader({
 *   read: (p) => Promise.resolve((p.set(bytes), bytes.length)),
 * });
 *
 * const header = await readHeader(reader);
 * let text = "";
 * for await (const part of readBody(header, reader)) {
 *   text += new TextDecoder().decode(part);
 * }
 * assertEquals(text, "Hi!");
 * ```
 */
export function readBody(
  header: HttpHeader,
  reader: BufferedReader,
): AsyncGenerator<Uint8Array> {
  const framing = bodyFraming(header);
  switch (framing.kind) {
    case "none":
      return readExactly(reader, 0, "body");
    case "length":
      return readExactly(reader, framing.length, "body");
    case "chunked":
      return readChunks(reader);
    case "close":
      return readToEnd(reader);
  }
}

function parseLength(list: string): number {
  // RFC 9110, 8.6: a length repeated on its way, "5, 5", may be taken for one.
  const lengths = list.split(",").map((item) => {
    const length = Number(LENGTH.exec(item)?.[1] ?? NaN);
    if (!Number.isSafeInteger(length)) {
      throw new HttpError("Invalid Content-Length", item);
    }
    return length;
  });
  const [first = 0] = lengths;
  if (lengths.some((length) => length !== first)) {
    throw new HttpError("Content-Lengths differ", list);
  }
  return first;
}

async function* readToEnd(reader: BufferedReader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const bytes = await reader.read(Number.MAX_SAFE_INTEGER);
    if (bytes === null) return;
    yield bytes;
  }
}

async function* readExactly(
  reader: BufferedReader,
  length: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  while (received < length) {
    const bytes = await reader.read(length - received);
    if (bytes === null) {
      throw new HttpError(
        `The ${what} ended after ${received} of ${length} bytes`,
      );
    }
    received += bytes.length;
    yield bytes;
  }
}

async function* readChunks(reader: BufferedReader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const size = await readChunkSize(reader);
    if (size === 0) break;
    yield* readExactly(reader, size, "chunk");
    await readChunkEnd(reader);
  }
  // Checked for where it ends, and dropped: nothing here has a use for it.
  await readFields(new LineReader(reader, TRAILER_LIMIT, "trailer section"));
}

async function readChunkSize(reader: BufferedReader): Promise<number> {
  const line = await new LineReader(reader, SIZE_LINE_LIMIT, "chunk size")
    .next();
  if (line === null) {
    throw new HttpError("The input ended before the last chunk");
  }
  const size = parseInt(SIZE_LINE.exec(line)?.[1] ?? "", 16);
  if (!Number.isSafeInteger(size)) {
    throw new HttpError("Invalid chunk size", line);
  }
  return size;
}

async function readChunkEnd(reader: BufferedReader): Promise<void> {
  try {
    if (await reader.readUntil(CRLF, CRLF.length) !== null) return;
  } catch (error) {
    if (error instanceof LimitExceededError) {
      throw new HttpError("A chunk is longer than its size says");
    }
    if (!(error instanceof UnexpectedEndError)) throw error;
  }
  throw new HttpError("The input ended before the last chunk");
}
