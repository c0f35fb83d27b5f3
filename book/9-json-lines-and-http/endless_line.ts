/**
 * Sends 70,000 bytes without a line end, and waits a second for a response.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/9-json-lines-and-http/endless_line.ts
 */
const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await conn.write(new TextEncoder().encode("x".repeat(70_000)));
setTimeout(() => {
  console.log("No response. The server keeps all bytes.");
  Deno.exit();
}, 1000);
const buffer = new Uint8Array(1024);
const n = await conn.read(buffer) ?? 0;
console.log(new TextDecoder().decode(buffer.subarray(0, n)).trimEnd());
Deno.exit();
