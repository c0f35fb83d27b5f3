/**
 * plain.ts, which accepts a datagram from its server only.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/4-udp-client/cures/sender.ts
 *
 * With other_sender.ts in another terminal you see the greetings alone.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
for (const data of ["Michael", "Tracy", "Sarah"]) {
  await s.send(new TextEncoder().encode(data), server);
  while (true) {
    const [response, addr] = await s.receive();
    const { hostname, port } = addr as Deno.NetAddr;
    if (hostname !== server.hostname || port !== server.port) continue;
    console.log(new TextDecoder().decode(response));
    break;
  }
}
s.close();
