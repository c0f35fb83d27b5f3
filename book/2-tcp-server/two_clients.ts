/**
 * Two clients at the same time: one sends one name, the other sends two.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/two_clients.ts
 *
 * You see the answers of both, and how long it took: 2 s with a server that serves
 * both at once, 4 s with one that serves them one after the other.
 */
import { Connection } from "../../lib/tcp/mod.ts";
import { converse } from "../../tcp_client.ts";

async function client(...names: string[]): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
  await converse(new Connection(conn), names, console.log);
}

const start = performance.now();
await Promise.all([client("Michael"), client("Tracy", "Sarah")]);
const seconds = (performance.now() - start) / 1000;
console.log(Math.round(seconds), "s");
