/**
 * Answer: asks the group, and collects the responses of one second.
 *
 *     deno run "--allow-net=127.0.0.1,239.1.2.3" book/5-udp-to-many/answers/find_servers.ts
 *
 * With answers/found_server.ts in other terminals, you see the address of each.
 */
const socket = Deno.listenDatagram({
  transport: "udp",
  hostname: "127.0.0.1",
  port: 0,
  loopback: true,
});
const group = { transport: "udp", hostname: "239.1.2.3", port: 9999 } as const;
await socket.send(new TextEncoder().encode("Who is there?"), group);
setTimeout(() => socket.close(), 1000); // This ends the loop.
for await (const [data, addr] of socket) {
  const port = new TextDecoder().decode(data);
  console.log(`A server at ${(addr as Deno.NetAddr).hostname}:${port}`);
}
