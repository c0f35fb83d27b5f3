/**
 * Answer: the plain client, with a limit of two seconds for each read.
 *
 *     deno run --allow-net=example.com:80 book/1-tcp-client/answers/idle_limit.ts
 *
 * Try it on silent_server.ts (arguments: 127.0.0.1 9999): it ends with an error. A large
 * page may take as long as it likes, if a part of it arrives every two seconds.
 */
const [hostname = "example.com", port = "80"] = Deno.args;

const signal = AbortSignal.timeout(2_000);
const s = await Deno.connect({ hostname, port: Number(port), signal });
const request =
  `GET / HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`;
await s.write(new TextEncoder().encode(request));

const received = [];
const buffer = new Uint8Array(1024);
while (true) {
  const timer = setTimeout(() => s.close(), 2_000); // a new one for each read
  const n = await s.read(buffer);
  clearTimeout(timer);
  if (n === null) break;
  received.push(buffer.slice(0, n));
}
s.close();

console.log(await new Blob(received).text());
