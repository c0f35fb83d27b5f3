/**
 * A client that resets: it sends a name, and closes before it has read the welcome.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/reset_client.ts
 *
 * It prints nothing. Look at the server: plain.ts ends, cures/one_failure.ts goes on.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await s.write(new TextEncoder().encode("Michael"));
await new Promise((resolve) => setTimeout(resolve, 300)); // Welcome! has come.
s.close(); // FIN; and because input is unread, RST follows.
