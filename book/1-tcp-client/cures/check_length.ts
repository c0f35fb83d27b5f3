/**
 * The plain client, and a check that the body is complete.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/1-tcp-client/cures/check_length.ts 127.0.0.1 9999
 *
 * With truncating_server.ts in another terminal you see that the response is incomplete.
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

const bytes = await new Blob(received).bytes();
console.log(new TextDecoder().decode(bytes));

const text = new TextDecoder("latin1").decode(bytes); // a character for a byte
const end = text.indexOf("\r\n\r\n"); // the end of the header, or -1
const promised = /^Content-Length: *(\d+)/im.exec(text.slice(0, end));
const body = bytes.length - end - 4;
if (end === -1 || (promised !== null && body < Number(promised[1]))) {
  console.error("The response is incomplete");
  Deno.exit(1);
}
