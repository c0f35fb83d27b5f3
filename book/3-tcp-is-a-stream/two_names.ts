/**
 * Two writes that become one read: sends two names within the server's second.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/two_names.ts
 *
 * With tcp_server.ts you see, in the trace, writes of 7, 5 and 5 bytes, and
 * greetings for two names instead of three.
 */
import { Connection } from "../../lib/tcp/mod.ts";

const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await using s = new Connection(conn, { trace: console.log });
const encoder = new TextEncoder();
const buffer = new Uint8Array(1024);

await s.read(buffer); // Welcome!
await s.write(encoder.encode("Michael"));
await s.sleep(300); // The server has read this name, and sleeps for a second.
await s.write(encoder.encode("Tracy"));
await s.write(encoder.encode("Sarah"));
await s.read(buffer); // Hello, Michael!
await s.read(buffer); // and what else?
