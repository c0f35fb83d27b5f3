/**
 * Sending nothing: an empty write over TCP, and an empty datagram over UDP.
 *
 *     deno run --allow-net=127.0.0.1 book/3-tcp-is-a-stream/nothing.ts
 *
 * You see that TCP has nothing to deliver, and that UDP delivers 0 bytes.
 */
const nothing = new Uint8Array(0);
const local = { hostname: "127.0.0.1", port: 0 };

const listener = Deno.listen(local);
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();
await client.write(nothing);
const read = server.read(new Uint8Array(8));
const timer = new Promise((resolve) => setTimeout(resolve, 100, "silence"));
console.log("TCP:", await Promise.race([read, timer]));

const socket = Deno.listenDatagram({ transport: "udp", ...local });
await socket.send(nothing, socket.addr);
const [data] = await socket.receive();
console.log("UDP:", data.length, "bytes");
Deno.exit(); // The read above still waits.
