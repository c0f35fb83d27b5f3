/**
 * The tutorial's UDP client in plain Deno.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/4-udp-client/plain.ts
 *
 * With a UDP server in another terminal (book/5-udp-server/plain.ts or the tutorial's
 * in Python) you see three greetings. Without one it waits for ever, and Ctrl-C ends it.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
for (const data of ["Michael", "Tracy", "Sarah"]) {
  await s.send(new TextEncoder().encode(data), server);
  const [response] = await s.receive();
  console.log(new TextDecoder().decode(response));
}
s.close();
