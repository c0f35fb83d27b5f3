/**
 * Two names that are read as one: they are sent while the server sleeps.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/two_names.ts
 *
 * With plain.ts of chapter 2 you see two greetings for three names.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
const buffer = new Uint8Array(1024);

let n = await s.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0))); // Welcome!
await s.write(new TextEncoder().encode("Michael"));
await new Promise((resolve) => setTimeout(resolve, 300)); // It has been read.
await s.write(new TextEncoder().encode("Tracy"));
await s.write(new TextEncoder().encode("Sarah"));
n = await s.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
n = await s.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
s.close();
