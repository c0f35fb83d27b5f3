/**
 * Exercise 1: an echo server that serves two clients at a time, drops a client that
 * is silent for a minute, and ends gracefully with Ctrl-C.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/answers/echo.ts
 *
 * Try it with "nc 127.0.0.1 9999": what you type comes back.
 */
import { serveTcp } from "../../../lib/tcp/mod.ts";

const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort());
const server = serveTcp({
  port: 9999,
  maxConnections: 2,
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
