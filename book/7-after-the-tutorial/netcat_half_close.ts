/**
 * netcat_plain.ts with a half-close: the end of the input ends one direction only.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/7-after-the-tutorial/netcat_half_close.ts
 *
 * With tcp_server.ts in another terminal, type a name and Ctrl-D (on Windows Ctrl-Z and
 * Enter): the response arrives.
 */
const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await Promise.all([
  Deno.stdin.readable.pipeTo(conn.writable, { preventClose: true })
    .then(() => conn.closeWrite())
    .catch(() => {}), // The server has closed first.
  conn.readable.pipeTo(Deno.stdout.writable),
]);
