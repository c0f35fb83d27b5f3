/**
 * Closing while input is unread takes the last answer away from the client.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/truncates.ts
 *
 * You see how much of a megabyte arrives after a plain close, and after the close
 * of a Connection.
 */
import { Connection } from "../../lib/tcp/mod.ts";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
for (const kind of ["plain close", "Connection.close"]) {
  const client = await Deno.connect({ port: listener.addr.port });
  const conn = await listener.accept();
  // Something that the server never reads.
  await client.write(new TextEncoder().encode("one more thing"));
  const server = new Connection(conn);
  await server.write(new Uint8Array(1_000_000));
  const closed = kind === "plain close" ? conn.close() : server.close();
  let received = 0;
  try {
    for await (const part of client.readable) received += part.length;
  } catch {
    // The connection was reset.
  }
  console.log(kind, received < 1_000_000 ? "loses a part" : "delivers all");
  await closed;
}
listener.close();
