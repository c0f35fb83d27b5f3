/**
 * One port, many connections: the addresses of both ends of two connections.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/four_tuple.ts
 *
 * You see that the server's port is the same in both; the client's is not.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
for (const name of ["first", "second"]) {
  const client = await Deno.connect({ port: listener.addr.port });
  const server = await listener.accept();
  const { localAddr, remoteAddr } = client;
  console.log(name, "client:", localAddr.port, "->", remoteAddr.port);
  console.log(
    name,
    "server:",
    server.localAddr.port,
    "->",
    server.remoteAddr.port,
  );
}
