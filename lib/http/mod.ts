/**
 * HTTP/1.1 by hand, for a client that fetches one page over a connection: the request
 * as bytes, and the response as it arrives.
 *
 * @module
 */
export { HttpError } from "./_header.ts";
export { formatRequest } from "./request.ts";
export { type HttpResponse, readResponse, requireSuccess } from "./response.ts";
