/**
 * A name that is no text: sends one byte, 0xff, and prints the greeting's bytes.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/not_text.ts
 *
 * You see "ff" with a server that works on bytes, and "efbfbd" with one that decodes
 * and encodes: the replacement character.
 */
using s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
const buffer = new Uint8Array(1024);
await s.read(buffer); // Welcome!
await s.write(new Uint8Array([0xff]));
const n = await s.read(buffer) ?? 0;
console.log(buffer.subarray("Hello, ".length, n - "!".length).toHex());
