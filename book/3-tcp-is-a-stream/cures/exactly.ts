/**
 * The plain client, reading each message by its length.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/cures/exactly.ts
 *
 * With halves_server.ts you see whole messages.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });

async function readExactly(size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  for (let filled = 0; filled < size;) {
    const n = await s.read(bytes.subarray(filled)); // only what is missing
    if (n === null) throw new Error(`The end came after ${filled} bytes`);
    filled += n;
  }
  return bytes;
}

const welcome = await readExactly("Welcome!".length);
console.log(new TextDecoder().decode(welcome));
for (const data of ["Michael", "Tracy", "Sarah"]) {
  const bytes = new TextEncoder().encode(data);
  await s.write(bytes);
  const greeting = await readExactly("Hello, !".length + bytes.length);
  console.log(new TextDecoder().decode(greeting));
}
await s.write(new TextEncoder().encode("exit"));
s.close();
