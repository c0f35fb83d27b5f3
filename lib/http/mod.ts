/**
 * What a client needs that fetches a page by hand: the request as text, a
 * connection on which no wait is endless, and the response's header and body off
 * its stream of bytes. In one place, so that a program may load it only when it is
 * asked for a page.
 *
 * @module
 */
export { BufferedReader } from "../io/buffered_reader.ts";
export { Connection } from "../tcp/connection.ts";
export { readBody } from "./_body.ts";
export { readHeader } from "./response.ts";
export { formatRequest } from "./request.ts";
export { IdleTimer } from "../tcp/_idle_timer.ts";
