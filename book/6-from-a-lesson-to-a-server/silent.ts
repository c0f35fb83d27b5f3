/**
 * One client says nothing, and another one waits behind it.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/silent.ts
 *
 * Start tcp_server.ts with --max-connections 1 in another terminal. You see whether
 * the second client is welcomed within two seconds.
 */
const address = { hostname: "127.0.0.1", port: 9999 };
const silent = await Deno.connect(address);
const second = await Deno.connect(address);
const timer = setTimeout(() => second.close(), 2000);
const n = await second.read(new Uint8Array(8)).catch(() => null);
console.log(n === null ? "no welcome" : "welcome");
clearTimeout(timer);
silent.close();
