/**
 * Standard input and output connected to a server, with two pipes.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/7-after-the-tutorial/netcat_plain.ts
 *
 * With tcp_server.ts in another terminal, type a name. Ctrl-D (on Windows Ctrl-Z and
 * Enter) ends the input, and with it the whole connection: a response that was to come
 * is lost.
 */
const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await Promise.all([
  Deno.stdin.readable.pipeTo(conn.writable),
  conn.readable.pipeTo(Deno.stdout.writable),
]);
