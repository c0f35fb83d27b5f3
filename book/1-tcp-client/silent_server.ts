/**
 * A server that listens and never accepts: clients connect, and hear nothing.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/1-tcp-client/silent_server.ts
 *
 * Connect with any client: it waits for as long as its own time-out allows.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
setInterval(() => {}, 60_000); // Something to wait for: the program stays.
