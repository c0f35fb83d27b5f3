/**
 * A response with a length and with chunks that contradict each other.
 *
 *     deno run book/6-from-a-lesson-to-a-server/two_ways.ts
 *
 * You see both readings of its body, and that the check refuses it.
 */
const response = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" +
  "Transfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n0\r\n\r\n";
const [header = "", body = ""] = response.split(/\r\n\r\n(.*)/s);
console.log("by its length:", JSON.stringify(body.slice(0, 5)));
console.log("by its chunks:", JSON.stringify(body.split("\r\n")[1]));

const has = (name: string) =>
  header.split("\r\n").some((line) =>
    line.toLowerCase().startsWith(`${name}:`)
  );
if (has("content-length") && has("transfer-encoding")) {
  console.log("refused: it has a length and chunks");
}
