import { quote } from "../text/printable.ts";

/**
 * Formats the request that fetches a URL over a connection of its own.
 *
 * The request line holds the path and the query alone (RFC 9112, 3.2.1); host and
 * port go into `Host`, the first field (RFC 9110, 7.2). A fragment is never sent,
 * and neither are a user name and a password.
 *
 * Two fields ask for a response that is easy to read by hand:
 * `Accept-Encoding: identity` for a body that is not compressed, and
 * `Connection: close` for a connection that ends after it (RFC 9112, 9.6).
 *
 * @throws {TypeError} If the URL is not http or https.
 * @param url The URL to fetch.
 * @returns The request, ready to be written.
 *
 * @example
 * ```ts
 * import { formatRequest } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const request = formatRequest(new URL("http://localhost:8000/a?b=c#d"));
 * assertEquals(new TextDecoder().decode(request).split("\r\n"), [
 *   "GET /a?b=c HTTP/1.1",
 *   "Host: localhost:8000",
 *   "Accept: *\/*",
 *   "Accept-Encoding: identity",
 *   "Connection: close",
 *   "",
 *   "",
 * ]);
 * ```
 */
export function formatRequest(url: URL): Uint8Array {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`URL must be http or https: ${quote(url.protocol)}`);
  }
  const lines = [
    `GET ${target(url)} HTTP/1.1`,
    // URL leaves out the scheme's default port and puts IPv6 in brackets.
    `Host: ${url.host}`,
    "Accept: */*",
    "Accept-Encoding: identity",
    "Connection: close",
  ];
  return new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n");
}

// pathname + search would lose the "?" of an empty query, which is another URL.
function target(url: URL): string {
  const bare = new URL(url);
  bare.username = bare.password = bare.hash = "";
  return bare.href.slice(bare.origin.length);
}
