/**
 * Answer: prints how many bytes each read returned, and the sum.
 *
 *     deno run --allow-net=example.com:80 examples/1-tcp-client/answers/count_reads.ts
 *
 * You see other numbers each time: where a response is cut is chance.
 */
const [hostname = "example.com", port = "80"] = Deno.args;

using s = await Deno.connect({ hostname, port: Number(port) });
const request =
  `GET / HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`;
await s.write(new TextEncoder().encode(request));

const sizes: number[] = [];
const buffer = new Uint8Array(1024);
for (let n; (n = await s.read(buffer)) !== null;) sizes.push(n);
const sum = sizes.reduce((a, b) => a + b, 0);
console.log(`${sizes.join(" + ")} = ${sum} bytes`);
