/**
 * Framing by a mark at the end: lines, however the chunks are cut.
 *
 *     deno run --allow-net=127.0.0.1 book/3-tcp-is-a-stream/lines.ts
 *
 * You see three names, although none of the three chunks is one.
 */
import { BufferedReader } from "../../lib/io/mod.ts";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();

const encoder = new TextEncoder();
for (const chunk of ["Mich", "ael\nTracy\nSa", "rah\n"]) {
  await server.write(encoder.encode(chunk));
}
server.close();

const reader = new BufferedReader(client);
const end = encoder.encode("\n");
while (true) {
  const line = await reader.readUntil(end, 1024); // 1,024: the longest line
  if (line === null) break;
  console.log(new TextDecoder().decode(line).trimEnd());
}
