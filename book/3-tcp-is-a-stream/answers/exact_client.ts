/**
 * Answer: the plain client, reading each answer by its length.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/answers/exact_client.ts
 *
 * With halves_server.ts you see whole answers.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });

async function receive(size: number): Promise<string> {
  const bytes = new Uint8Array(size);
  for (let filled = 0; filled < size;) {
    const n = await s.read(bytes.subarray(filled)); // only what is missing
    if (n === null) throw new Error(`The end came after ${filled} bytes`);
    filled += n;
  }
  return new TextDecoder().decode(bytes);
}

console.log(await receive("Welcome!".length));
const data = new TextEncoder().encode("Michael");
await s.write(data);
console.log(await receive("Hello, ".length + data.length + "!".length));
await s.write(new TextEncoder().encode("exit"));
s.close();
