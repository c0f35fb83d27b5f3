/**
 * A client that is rude: it connects, says a name, and leaves without reading.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/reset_client.ts
 *
 * It prints nothing. Look at the server: plain.ts crashes, tcp_server.ts does not.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await s.write(new TextEncoder().encode("Michael"));
await new Promise((resolve) => setTimeout(resolve, 300)); // Welcome! has come.
s.close(); // With unread input: the kernel sends RST, not FIN.
