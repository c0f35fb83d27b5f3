/**
 * Answer: a greeting server whose names end with a line feed.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/answers/line_server.ts
 *
 * Three names sent at once get three greetings, each on its own line.
 */
import { BufferedReader, writeAll } from "../../../lib/io/mod.ts";

const END = new TextEncoder().encode("\n");

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  using _ = sock;
  const reader = new BufferedReader(sock);
  while (true) {
    const line = await reader.readUntil(END, 1024); // throws if it is longer
    if (line === null) return;
    const name = new TextDecoder().decode(line).trimEnd();
    await writeAll(sock, new TextEncoder().encode(`Hello, ${name}!\n`));
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) {
  tcplink(sock).catch((error) => console.error(error.message));
}
