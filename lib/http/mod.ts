/**
 * HTTP/1.1 by hand, as far as a client needs it that fetches one page over a
 * connection: the request as bytes, and the response as it arrives.
 *
 * @module
 */
export { HttpError } from "./error.ts";
export { formatRequest } from "./request.ts";
export { type HttpResponse, readResponse } from "./response.ts";

// For tcp_client.ts, until it calls readResponse.
export { BufferedReader } from "../io/mod.ts";
export { Connection } from "../tcp/connection.ts";
export { IdleTimer } from "../tcp/_idle_timer.ts";
export { readBody } from "./_body.ts";
export { readHeader } from "./_header.ts";
