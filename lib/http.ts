/**
 * HTTP/1.1 as far as a client needs it that fetches a page by hand: the request
 * as text, and the response's header and body off a stream of bytes. In one
 * place, so that a program may load it only when it is asked to.
 *
 * @module
 */
export { ByteReader } from "./byte_reader.ts";
export { readBody } from "./http_body.ts";
export { readHeader } from "./http_header.ts";
export { formatRequest } from "./http_request.ts";
