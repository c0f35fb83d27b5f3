/**
 * Sends a request line as it is typed, and prints the response without its date.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/9-json-lines-and-http/ask.ts "GET /"
 */
const [start = "GET /"] = Deno.args;
const header = [
  `${start} HTTP/1.1`,
  "Host: 127.0.0.1:9999",
  "Connection: close",
].join("\r\n");
const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await conn.write(new TextEncoder().encode(`${header}\r\n\r\n`));
const response = await new Response(conn.readable).text();
const lines = response.trimEnd().split("\r\n");
console.log(lines.filter((line) => !line.startsWith("Date: ")).join("\n"));
