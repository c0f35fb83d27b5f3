/**
 * One forged datagram makes two servers answer each other.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/loop.ts
 *
 * You see how many answers it caused: thousands, and a few with isLoop.
 */
import { greeting } from "../../lib/greeting.ts";
import { UdpServer } from "../../lib/udp/mod.ts";
const open = () =>
  Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
const isLoop = (datagram: Uint8Array) =>
  new TextDecoder().decode(datagram).startsWith("Hello, Hello, ");
for (const options of [{ name: "plain:" }, { name: "isLoop:", isLoop }]) {
  let answers = 0;
  const [one, two] = [open(), open()];
  for (const socket of [one, two]) {
    const server = new UdpServer(socket, { ...options, onError() {} });
    (async () => {
      const buffer = new Uint8Array(65_535);
      for (let got; (got = await server.receive(buffer)) !== null; answers++) {
        await server.send(greeting(got[0]), got[1]);
      }
    })();
  }
  await one.send(new Uint8Array(0), two.addr); // Forged, as `two` sees it.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  console.log(options.name, answers > 1000 ? "thousands" : answers);
}
Deno.exit();
