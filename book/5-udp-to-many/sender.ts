/**
 * Sends one datagram to an address that stands for many receivers.
 *
 *     deno run "--allow-net=127.0.0.1,239.1.2.3" book/5-udp-to-many/sender.ts 239.1.2.3
 *
 * Each receiver.ts prints it.
 */
const [hostname = "239.1.2.3"] = Deno.args;
const socket = Deno.listenDatagram({
  transport: "udp",
  hostname: "127.0.0.1",
  port: 0,
  loopback: true, // Programs on this machine get it, too.
});
const data = new TextEncoder().encode("Who is there?");
await socket.send(data, { transport: "udp", hostname, port: 9999 });
socket.close();
