/**
 * Another program answers first.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/other_sender.ts
 *
 * You see what the plain receive takes for the answer, and what UdpClient does.
 */
import { UdpClient } from "../../lib/udp/mod.ts";

const open = () =>
  Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
const [server, other, s] = [open(), open(), open()];
const encode = (text: string) => new TextEncoder().encode(text);
async function answer() {
  const [, addr] = await server.receive();
  await other.send(encode("Send money!"), addr);
  await server.send(encode("Hello, Michael!"), addr);
}

answer();
await s.send(encode("Michael"), server.addr);
console.log("receive:", new TextDecoder().decode((await s.receive())[0]));

answer();
using client = new UdpClient(server.addr as Deno.NetAddr, open);
const bytes = await client.request(encode("Michael"));
console.log("UdpClient:", new TextDecoder().decode(bytes));
for (const socket of [server, other, s]) socket.close();
