/**
 * The plain client, and a limit of two seconds.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/1-tcp-client/cures/time_limit.ts 127.0.0.1 9999
 *
 * With silent_server.ts in another terminal you see that it gives up.
 */
const [hostname = "example.com", port = "80"] = Deno.args;

const signal = AbortSignal.timeout(2_000); // ends an attempt to connect
const s = await Deno.connect({ hostname, port: Number(port), signal });
const timer = setTimeout(() => s.close(), 2_000); // ends a read that waits
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
clearTimeout(timer);
s.close();

console.log(await new Blob(received).text());
