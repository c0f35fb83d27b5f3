/**
 * Framing by a length in front: two bytes of length, then the name.
 *
 *     deno run --allow-net=127.0.0.1 book/3-tcp-is-a-stream/length_prefix.ts
 *
 * You see each name with its length, although both were written at once.
 */
import { readExactly, writeAll } from "../../lib/io/mod.ts";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();

for (const name of ["Michael", "小明"]) {
  const data = new TextEncoder().encode(name);
  const frame = new Uint8Array(2 + data.length);
  new DataView(frame.buffer).setUint16(0, data.length); // big-endian
  frame.set(data, 2);
  await writeAll(client, frame);
}
for (let i = 0; i < 2; i++) {
  const head = await readExactly(server, 2);
  const length = new DataView(head.buffer).getUint16(0);
  const data = await readExactly(server, length);
  console.log(length, new TextDecoder().decode(data));
}
