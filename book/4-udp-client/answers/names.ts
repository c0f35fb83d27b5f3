/**
 * Exercise 1: the names come from the command line.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/4-udp-client/answers/names.ts Ann Bob
 *
 * With a UDP server in another terminal you see a greeting for each name.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
for (const data of Deno.args) {
  await s.send(new TextEncoder().encode(data), server);
  const [response] = await s.receive();
  console.log(new TextDecoder().decode(response));
}
s.close();
