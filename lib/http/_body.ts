import {
  type BufferedReader,
  LimitExceededError,
  UnexpectedEndError,
} from "../io/mod.ts";
import { HttpError } from "./error.ts";
import { fieldValues, type HttpHeader, readFields } from "./_header.ts";
import { LineReader } from "./_lines.ts";

/** How a recipient finds the end of a body; `close`: at the end of input. */
export type BodyFraming =
  | { kind: "none" }
  | { kind: "length"; length: number }
  | { kind: "chunked" }
  | { kind: "close" };

const CRLF = new Uint8Array([0x0d, 0x0a]);
const SIZE_LINE_LIMIT = 4_096;
const TRAILER_LIMIT = 65_536;
/** A chunk's size in hexadecimal, then extensions, which are ignored. */
const SIZE_LINE = /^([0-9A-Fa-f]+)(?:[ \t]*;.*)?$/s;
const LENGTH = /^[ \t]*(\d+)[ \t]*$/;

/**
 * Reads the body of the response to a GET, piece by piece, and leaves what
 * follows it in the reader.
 *
 * The pieces have the sizes that the network gave, and none is empty. Each is a
 * view into the reader's buffer, valid until the next one is asked for: memory
 * stays that of the buffer, however large the body or its chunks are.
 *
 * A framing that cannot be trusted (see `bodyFraming`) is an error at once; a body
 * shorter than announced and malformed chunks are errors of the iteration.
 */
export function readBody(
  header: Omit<HttpHeader, "statusLine">,
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

/**
 * Decides where the body of the response to a GET ends (RFC 9112, 6.3).
 *
 * Refuses what two recipients could read in two ways: a length beside a transfer
 * coding, lengths that differ, a coding other than `chunked`.
 */
export function bodyFraming(
  { status, version, fields }: Omit<HttpHeader, "statusLine">,
): BodyFraming {
  if (status < 200 || status === 204 || status === 304) return { kind: "none" };
  const lengths = fieldValues(fields, "Content-Length");
  const codings = fieldValues(fields, "Transfer-Encoding");
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

function parseLength(list: string): number {
  // RFC 9110, 8.6: a length that an intermediary repeated, "5, 5", counts as one.
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
  // Read to find where the message ends; the fields themselves are not used.
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
