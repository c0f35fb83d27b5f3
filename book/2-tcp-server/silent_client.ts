/**
 * A client that sends nothing, and waits for the server to close.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/silent_client.ts
 *
 * You see after how many seconds the server has closed the connection, if it does.
 */
using s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
const start = performance.now();
while (await s.read(new Uint8Array(1024)) !== null);
const seconds = (performance.now() - start) / 1000;
console.log(`closed after ${Math.round(seconds)} s`);
