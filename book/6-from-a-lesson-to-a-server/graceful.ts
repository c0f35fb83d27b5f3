/**
 * Ctrl-C ends a server after its last answer (Linux and macOS).
 *
 *     deno run --allow-net=127.0.0.1 --allow-run book/6-from-a-lesson-to-a-server/graceful.ts
 *
 * The server would sleep for an hour before it answers. You see the answer at once,
 * because the program sends itself the signal that Ctrl-C sends.
 */
import { serveTcp } from "../../lib/tcp/mod.ts";

const stop = new AbortController();
Deno.addSignalListener("SIGINT", () => stop.abort());
const { signal } = stop;
const server = serveTcp({ port: 0, signal }, async (conn) => {
  const buffer = new Uint8Array(1024);
  for (let n; (n = await conn.read(buffer)) !== null;) {
    await conn.sleep(3_600_000);
    await conn.write(buffer.subarray(0, n));
  }
});

const client = await Deno.connect({ port: server.addr.port });
await client.write(new TextEncoder().encode("Michael"));
Deno.kill(Deno.pid, "SIGINT");
for await (const part of client.readable) {
  console.log(new TextDecoder().decode(part));
}
await server.finished;
console.log("The server has ended");
