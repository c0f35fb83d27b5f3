/**
 * Exercise 3: the client sends again every second until the answer comes.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/4-udp-client/answers/retry.ts
 *
 * With lose_first.ts in another terminal you see the first greeting after a second.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
for (const data of ["Michael", "Tracy", "Sarah"]) {
  const question = new TextEncoder().encode(data);
  await s.send(question, server);
  // One receive waits all the time. A new one for each try would be wrong: the old
  // one would take the answer.
  const timer = setInterval(() => s.send(question, server), 1000);
  const [answer] = await s.receive();
  clearInterval(timer);
  console.log(new TextDecoder().decode(answer));
}
s.close();
