/**
 * Exercise 3: a chat. What one client sends goes to all others, and a client that
 * reads slowly does not delay them.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/answers/chat.ts
 *
 * Try it with "nc 127.0.0.1 9999" in several terminals.
 */
import { type Connection, serveTcp } from "../../../lib/tcp/mod.ts";

/** For each client, what it has not been sent yet. */
const waiting = new Map<Connection, Uint8Array[]>();

/** Sends what waits, one write at a time. */
async function send(client: Connection, queue: Uint8Array[]): Promise<void> {
  for (let chunk; (chunk = queue[0]) !== undefined;) {
    await client.write(chunk);
    queue.shift();
  }
}

const server = serveTcp({
  port: 9999,
  maxConnections: 100,
  onListen: ({ port }) => console.log(`Bind TCP on ${port}...`),
}, async (conn) => {
  waiting.set(conn, []);
  try {
    const buffer = new Uint8Array(1024);
    for (let n; (n = await conn.read(buffer)) !== null;) {
      const chunk = buffer.slice(0, n); // A copy: the buffer is used again.
      for (const [client, queue] of waiting) {
        if (client === conn) continue;
        queue.push(chunk);
        // A client that is 100 messages behind is given up.
        if (queue.length > 100) client.abort();
        else if (queue.length === 1) send(client, queue).catch(() => {});
      }
    }
  } finally {
    waiting.delete(conn);
  }
});
await server.finished;
