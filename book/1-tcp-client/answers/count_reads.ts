/**
 * Answer: prints how many bytes each read returned, and the sum.
 *
 *     deno run --allow-net=example.com:80 book/1-tcp-client/answers/count_reads.ts example.com 80 /
 *
 * For a large file the numbers differ each time: the network decides where it is cut.
 */
const [hostname = "example.com", port = "80", path = "/"] = Deno.args;

using s = await Deno.connect({ hostname, port: Number(port) });
const request =
  `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`;
await s.write(new TextEncoder().encode(request));

const sizes: number[] = [];
const buffer = new Uint8Array(65_536);
for (let n; (n = await s.read(buffer)) !== null;) sizes.push(n);
const sum = sizes.reduce((a, b) => a + b, 0);
console.log(`${sizes.join(" + ")} = ${sum} bytes`);
