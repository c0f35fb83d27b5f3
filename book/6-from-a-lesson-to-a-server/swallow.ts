/**
 * After a time-out, the read that was given up takes the next message.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/swallow.ts
 *
 * You see that the welcome is missing, and that a Connection says what happened.
 */
import { deadline } from "@std/async/deadline";
import { Connection } from "../../lib/tcp/mod.ts";

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const buffer = new Uint8Array(32);

const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();
await deadline(client.read(new Uint8Array(32)), 100).catch(() => {});
await server.write(new TextEncoder().encode("Welcome!")); // Too late.
await pause();
await server.write(new TextEncoder().encode("Hello, Michael!"));
const n = await client.read(buffer) ?? 0;
console.log("deadline:", new TextDecoder().decode(buffer.subarray(0, n)));

const other = await Deno.connect({ port: listener.addr.port });
const guarded = new Connection(other, { idleTimeout: 100 });
await guarded.read(buffer).catch(() => {});
await guarded.read(buffer).catch((e) => console.log("Connection:", e.message));
Deno.exit();
