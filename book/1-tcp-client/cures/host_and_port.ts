/**
 * The plain client, and an error that names host and port.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/1-tcp-client/cures/host_and_port.ts 127.0.0.1 9999
 *
 * With no server on that port you see one line about it.
 */
const [hostname = "example.com", port = "80"] = Deno.args;

let s: Deno.TcpConn;
try {
  s = await Deno.connect({ hostname, port: Number(port) });
} catch (error) {
  console.error(`Cannot connect to ${hostname}:${port}: ${error}`);
  Deno.exit(1);
}
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
