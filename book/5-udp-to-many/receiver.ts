/**
 * A member of a multicast group. Start it in two terminals.
 *
 *     deno run "--allow-net=0.0.0.0,127.0.0.1,239.1.2.3" book/5-udp-to-many/receiver.ts
 *
 * You see each datagram for the group, and its sender. Ctrl-C ends it.
 */
const socket = Deno.listenDatagram({
  transport: "udp",
  hostname: "0.0.0.0",
  port: 9999,
  reuseAddress: true, // Several programs have the same port.
});
await socket.joinMulticastV4("239.1.2.3", "127.0.0.1");
console.log("Bind UDP on 9999...");
for await (const [data, addr] of socket) {
  const { hostname, port } = addr as Deno.NetAddr;
  console.log(`${new TextDecoder().decode(data)} from ${hostname}:${port}`);
}
