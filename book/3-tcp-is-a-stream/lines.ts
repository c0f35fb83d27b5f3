/**
 * Framing by a mark at the end: lines, however the chunks are cut.
 *
 *     deno run --allow-net=127.0.0.1 book/3-tcp-is-a-stream/lines.ts
 *
 * You see three names, although none of the three chunks is one.
 */
import { readLines } from "../../lib/io/mod.ts";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();

const encoder = new TextEncoder();
for (const chunk of ["Mich", "ael\nTracy\nSa", "rah\n"]) {
  await server.write(encoder.encode(chunk));
}
server.close();

for await (const line of readLines(client, { maxLength: 1_024 })) {
  console.log(line);
}
