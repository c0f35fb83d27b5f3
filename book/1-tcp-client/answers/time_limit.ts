/**
 * Answer: the plain client with one time limit for everything, two seconds.
 *
 *     deno run --allow-net=example.com:80 book/1-tcp-client/answers/time_limit.ts
 *
 * Try it on silent_server.ts (arguments: 127.0.0.1 9999): exit status 1.
 */
const [hostname = "example.com", port = "80"] = Deno.args;

const timer = setTimeout(() => {
  console.error("No response within 2 s");
  Deno.exit(1); // The system closes the socket of a program that ends.
}, 2_000);

using s = await Deno.connect({ hostname, port: Number(port) });
const request =
  `GET / HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`;
await s.write(new TextEncoder().encode(request));

const received = [];
const buffer = new Uint8Array(1024);
for (let n; (n = await s.read(buffer)) !== null;) {
  received.push(buffer.slice(0, n));
}
clearTimeout(timer);
console.log(await new Blob(received).text());
