/**
 * Exercise 2: the client gives up after a second without an answer.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/4-udp-client/answers/timeout.ts
 *
 * Without a server you see "No answer", and the exit status is 1.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
for (const data of ["Michael", "Tracy", "Sarah"]) {
  await s.send(new TextEncoder().encode(data), server);
  // To give up the waiting is not enough: the receive would go on. Closing the
  // socket ends it.
  const timer = setTimeout(() => s.close(), 1000);
  try {
    const [answer] = await s.receive();
    console.log(new TextDecoder().decode(answer));
  } catch {
    console.error("No answer");
    Deno.exit(1);
  }
  clearTimeout(timer);
}
s.close();
