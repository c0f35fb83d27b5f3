/**
 * What a client needs that fetches a page by hand: the request as text, a
 * connection on which no wait is endless, and the response's header and body off
 * its stream of bytes. In one place, so that a program may load it only when it is
 * asked for a page.
 *
 * @module
 */
export { ByteReader } from "./byte_reader.ts";
export { Connection } from "./connection.ts";
export { readBody } from "./http_body.ts";
export { readHeader } from "./http_header.ts";
export { formatRequest } from "./http_request.ts";
export { IdleTimer } from "./idle_timer.ts";
