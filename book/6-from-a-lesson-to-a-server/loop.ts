/**
 * One forged datagram makes two servers answer each other.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/loop.ts
 *
 * You see how many answers it caused: thousands, and a few with refusal.
 */
import { greeting, refusal } from "../../lib/greeting.ts";
import { UdpServer } from "../../lib/udp/mod.ts";
const open = () =>
  Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
for (const refuses of [false, true]) {
  let answers = 0;
  const [one, two] = [open(), open()];
  const servers = [one, two].map((s) => new UdpServer(s, { onError() {} }));
  servers.forEach(async (server) => {
    const buffer = new Uint8Array(65_535);
    for (let got; (got = await server.receive(buffer)) !== null;) {
      const [data, addr] = got;
      if (refuses && refusal(data, addr.port) !== null) continue;
      await server.send(greeting(data), addr);
      answers++;
    }
  });
  await one.send(new Uint8Array(0), two.addr); // Forged, as `two` sees it.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const result = answers > 1000 ? "thousands" : answers;
  console.log(refuses ? "refusal:" : "plain:", result);
}
Deno.exit();
