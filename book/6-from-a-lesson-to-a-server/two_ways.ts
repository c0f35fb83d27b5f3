/**
 * A response with a length and with chunks, which do not agree.
 *
 *     deno run book/6-from-a-lesson-to-a-server/two_ways.ts
 *
 * You see two readings of its body, and that readResponse refuses it.
 */
import { readResponse } from "../../lib/http/mod.ts";

const response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" +
  "Transfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n0\r\n\r\n";
const [, body = ""] = response.split(/\r\n\r\n(.*)/s);
console.log("By its length:", JSON.stringify(body.slice(0, 5)));
console.log("By its chunks:", JSON.stringify(body.split("\r\n")[1]));

const bytes = new TextEncoder().encode(response);
const connection = {
  read: (p: Uint8Array) => Promise.resolve((p.set(bytes), bytes.length)),
};
await readResponse(connection).catch(({ message }) => {
  console.log("readResponse:", message);
});
