/** Reads requests and writes the headers of responses, for http_server.ts. */
import { LimitExceededError, readLines } from "../lib/io/mod.ts";
import { deadline } from "../lib/net/mod.ts";
import type { Connection } from "../lib/tcp/mod.ts";

const LONGEST = 16_384; // Maximum characters of a header.
const TIME = 5_000; // Maximum time for the whole header, in milliseconds.
const REQUEST_LINE = /^([A-Z]+) (\S+) HTTP\/1\.(\d)$/;
const FIELD_LINE = /^[\w!#$%&'*+.^`|~-]+:/;

/** A request; nothing here needs its fields. */
export interface Request {
  method: string;
  /** The path of the URL as it was sent, without "." and "..". */
  pathname: string;
  /** The path decoded: "%20" is a space, and "..%2f" a way out again. */
  path: string;
}

/** The reason why a request gets no file. */
export class Refusal extends Error {
  readonly fields: string[];
  /** `status` is 404 and the like, with its text; `fields` are lines of the header. */
  constructor(readonly status: string, ...fields: string[]) {
    super(status);
    this.fields = fields;
  }
}

/**
 * Reads a request up to the empty line that ends its header.
 *
 * @throws {Refusal} If it is not an HTTP/1 request, is too long, or does not arrive in time.
 * @returns The request; `null` if the client has closed the connection instead.
 */
export async function readRequest(conn: Connection): Promise<Request | null> {
  try {
    const header = await deadline(readHeader(conn), TIME);
    return header && parse(header);
  } catch (error) {
    if (error instanceof LimitExceededError) {
      throw new Refusal("431 Request Header Fields Too Large");
    }
    if (error instanceof Deno.errors.UnexpectedEof) throw badRequest();
    if (error instanceof URIError) throw badRequest(); // "%zz" in the path.
    if (!(error instanceof DOMException)) throw error;
    throw new Refusal("408 Request Timeout");
  }
}

const badRequest = () => new Refusal("400 Bad Request");

async function readHeader(conn: Connection): Promise<string[] | null> {
  const header: string[] = [];
  let left = LONGEST;
  for await (const line of readLines(conn, { maxLength: LONGEST })) {
    left -= line.length + 2;
    if (left < 0) throw new LimitExceededError("The header is too long");
    if (line !== "") header.push(line);
    else if (header.length > 0) return header;
  }
  if (header.length > 0) throw badRequest();
  return null;
}

function parse([line = "", ...fields]: string[]): Request {
  const [, method, target = "", version] = REQUEST_LINE.exec(line) ?? [];
  const hosts = fields.filter((field) => /^host:/i.test(field)).length;
  // Only HTTP/1.0 may leave Host out (RFC 9112, 3.2).
  const isComplete = hosts === 1 || hosts === 0 && version === "0";
  // The target is a path, or all of the URL.
  const url = URL.parse(target.replace(/^\//, "http://host/"));
  const isRight = isComplete && fields.every((field) => FIELD_LINE.test(field));
  if (method === undefined || !isRight || url === null) throw badRequest();
  const { pathname } = url;
  return { method, pathname, path: decodeURIComponent(pathname) };
}

/** The bytes of a text. */
export const encode = (text: string) => new TextEncoder().encode(text);

/** Sends the header of a response; `size` is that of the body, in bytes. */
export async function sendHeader(
  conn: Connection,
  status: string,
  type: string,
  size: number,
  fields: string[] = [],
): Promise<void> {
  const lines = [
    `HTTP/1.1 ${status}`,
    `Date: ${new Date().toUTCString()}`,
    `Content-Type: ${type}`,
    `Content-Length: ${size}`,
    "Connection: close",
    ...fields,
  ];
  await conn.write(encode(`${lines.join("\r\n")}\r\n\r\n`));
}
