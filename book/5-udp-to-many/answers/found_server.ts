/**
 * Answer: a TCP server on any free port that can be found by multicast.
 *
 *     deno run "--allow-net=0.0.0.0,127.0.0.1,239.1.2.3" book/5-udp-to-many/answers/found_server.ts
 *
 * It sends its port to each client that asks the group. Ctrl-C ends it.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const socket = Deno.listenDatagram({
  transport: "udp",
  hostname: "0.0.0.0",
  port: 9999,
  reuseAddress: true,
});
await socket.joinMulticastV4("239.1.2.3", "127.0.0.1");
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const [data, addr] of socket) {
  if (new TextDecoder().decode(data) !== "Who is there?") continue;
  const port = new TextEncoder().encode(String(listener.addr.port));
  await socket.send(port, addr);
}
