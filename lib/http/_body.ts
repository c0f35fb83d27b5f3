import type { BufferedReader } from "../io/buffered_reader.ts";
import {
  fieldValue,
  HttpError,
  type HttpHeader,
  LineReader,
  listElements,
  readFields,
} from "./_header.ts";

const CRLF = [0x0d, 0x0a];
const SIZE_LINE_LIMIT = 4_096;
const TRAILER_LIMIT = 65_536;
/**
 * A chunk's size in hexadecimal, then extensions, which are ignored.
 *
 * Some servers pad the size with blanks. RFC 9112, 7.1 does not allow it, but
 * browsers accept it (Chromium's http_chunked_decoder.cc names a site that needs it),
 * and recipients that accept it agree on the size.
 */
const SIZE_LINE = /^([0-9A-Fa-f]+)[ \t]*(?:;.*)?$/s;

/**
 * Reads the body of the response to a GET, piece by piece, and leaves what
 * follows it in the reader (RFC 9112, 6.3).
 *
 * Pieces have the sizes in which the network delivers them, and are never empty.
 * Each is a view into the reader's buffer, valid until the next one is requested, so
 * memory does not grow with the body or its chunks.
 *
 * What two recipients could read in two ways is an error at once: a length beside a
 * transfer coding, lengths that differ, a coding other than `chunked`. A body shorter
 * than announced and malformed chunks are errors of the iteration.
 */
export function readBody(
  { status, version, fields }: HttpHeader,
  reader: BufferedReader,
): AsyncGenerator<Uint8Array> {
  if (status === 204 || status === 304) return readExactly(reader, 0, "body");
  const length = fieldValue(fields, "Content-Length");
  const coding = fieldValue(fields, "Transfer-Encoding");
  if (coding === null) {
    return length === null
      ? readToEnd(reader)
      : readExactly(reader, parseLength(length), "body");
  }
  if (length !== null) {
    throw new HttpError("Content-Length beside Transfer-Encoding");
  }
  if (version === "1.0") {
    throw new HttpError("Transfer-Encoding in an HTTP/1.0 response", coding);
  }
  const [first = "", ...others] = listElements(coding);
  if (first.toLowerCase() !== "chunked" || others.length > 0) {
    throw new HttpError("Unsupported Transfer-Encoding", coding);
  }
  return readChunks(reader);
}

/**
 * RFC 9112, 6.3: one length repeated, as an intermediary may leave it (`5, 5`), is
 * that length; the value is parsed as any list is.
 */
function parseLength(list: string): number {
  const lengths = listElements(list).map((element) => {
    const length = /^\d+$/.test(element) ? Number(element) : NaN;
    if (Number.isSafeInteger(length)) return length;
    throw new HttpError("Invalid Content-Length", element);
  });
  const [first] = lengths;
  if (first === undefined) throw new HttpError("Invalid Content-Length", list);
  if (lengths.some((length) => length !== first)) {
    throw new HttpError("Content-Lengths differ", list);
  }
  return first;
}

async function* readToEnd(reader: BufferedReader): AsyncGenerator<Uint8Array> {
  const max = Number.MAX_SAFE_INTEGER;
  for (let bytes; (bytes = await reader.read(max)) !== null;) yield bytes;
}

async function* readExactly(
  reader: BufferedReader,
  length: number,
  what: string,
): AsyncGenerator<Uint8Array> {
  for (let received = 0; received < length;) {
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
  for (let size; (size = await readChunkSize(reader)) > 0;) {
    yield* readExactly(reader, size, "chunk");
    for (const expected of CRLF) {
      const [byte] = await reader.read(1) ?? [];
      if (byte === undefined) throw noLastChunk();
      if (byte !== expected) {
        throw new HttpError("A chunk is longer than its size says");
      }
    }
  }
  // Read to find where the message ends; the fields themselves are not used.
  await readFields(new LineReader(reader, TRAILER_LIMIT, "trailer section"));
}

async function readChunkSize(reader: BufferedReader): Promise<number> {
  const lines = new LineReader(reader, SIZE_LINE_LIMIT, "chunk size");
  const line = await lines.next();
  if (line === null) throw noLastChunk();
  const size = parseInt(SIZE_LINE.exec(line)?.[1] ?? "", 16);
  if (Number.isSafeInteger(size)) return size;
  throw new HttpError("Invalid chunk size", line);
}

function noLastChunk(): HttpError {
  return new HttpError("The input ended before the last chunk");
}
