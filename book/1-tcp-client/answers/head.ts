/**
 * Answer: asks for the header of a page alone, with the method HEAD.
 *
 *     deno run --allow-net=example.com:80 book/1-tcp-client/answers/head.ts
 *
 * You see the header and no body.
 */
const [hostname = "example.com", port = "80"] = Deno.args;

using s = await Deno.connect({ hostname, port: Number(port) });
const request =
  `HEAD / HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`;
await s.write(new TextEncoder().encode(request));

const decoder = new TextDecoder();
let text = "";
const buffer = new Uint8Array(1024);
for (let n; (n = await s.read(buffer)) !== null;) {
  text += decoder.decode(buffer.subarray(0, n), { stream: true });
}
console.log(text.trimEnd());
