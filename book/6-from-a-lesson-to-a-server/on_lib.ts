/**
 * The echo server on lib, which has the preventions of this chapter inside.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/on_lib.ts
 *
 * Its client is plain_client.ts, in another terminal.
 */
import { serveTcp } from "../../lib/tcp/mod.ts";

const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort());
const server = serveTcp({
  port: 9999,
  maxConnections: 1000,
  idleTimeout: 60_000,
  signal: stop.signal,
  onListen: ({ port }) => console.log(`Bind TCP on ${port}...`),
}, async (conn) => {
  const buffer = new Uint8Array(1024);
  for (let n; (n = await conn.read(buffer)) !== null;) {
    await conn.write(buffer.subarray(0, n));
  }
});
await server.finished;
