import { assertEquals, assertThrows } from "@std/assert";
import { udpSocket } from "../../../lib/net/mod.ts";

Deno.test("udpSocket returns the same socket, and its senders have IP addresses", async () => {
  const conn = Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
  const socket = udpSocket(conn);
  assertEquals(socket === conn, true);
  await socket.send(new Uint8Array([1]), socket.addr);
  const [datagram, sender] = await socket.receive();
  assertEquals(datagram, new Uint8Array([1]));
  assertEquals(sender, socket.addr);
  assertEquals(sender.port, socket.addr.port);
  socket.close();
});

Deno.test("udpSocket refuses a socket that is not UDP", () => {
  const unix = {
    addr: { transport: "unixpacket" as const, path: "/run/x" },
    receive: () => Promise.reject(new Error()),
    send: () => Promise.reject(new Error()),
    close: () => {},
  };
  assertThrows(
    () => udpSocket(unix),
    TypeError,
    'Not a UDP socket: transport "unixpacket"',
  );
});
