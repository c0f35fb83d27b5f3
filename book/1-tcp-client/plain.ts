/**
 * The tutorial's first client in plain Deno: fetches a page over TCP, by hand.
 *
 *     deno run --allow-net=example.com:80 book/1-tcp-client/plain.ts
 *
 * You see the response: its header, an empty line, its body. Any other server:
 *
 *     deno run --allow-net=127.0.0.1:9999 book/1-tcp-client/plain.ts 127.0.0.1 9999
 */
const [hostname = "example.com", port = "80"] = Deno.args;

const s = await Deno.connect({ hostname, port: Number(port) });
const request =
  `GET / HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`;
await s.write(new TextEncoder().encode(request));

const received = [];
const buffer = new Uint8Array(1024);
while (true) {
  const n = await s.read(buffer);
  if (n === null) break;
  received.push(buffer.slice(0, n));
}
s.close();

console.log(await new Blob(received).text());
