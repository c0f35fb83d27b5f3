/**
 * Exercise 2: time limit, retries, numbers and the check of the sender in one program.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/4-udp-client/answers/careful.ts
 *
 * With lose_first.ts, late_server.ts, answer_twice.ts or other_sender.ts in another
 * terminal you see three greetings, each with its number.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
let number = 0;
for (const data of ["Michael", "Tracy", "Sarah"]) {
  number++;
  const request = new TextEncoder().encode(`${number} ${data}`);
  await s.send(request, server);
  const again = setInterval(() => s.send(request, server), 1000);
  const limit = setTimeout(() => {
    console.error("No response");
    Deno.exit(1);
  }, 4000);
  let text = "";
  while (!text.startsWith(`Hello, ${number} `)) {
    const [response, addr] = await s.receive();
    const { hostname, port } = addr as Deno.NetAddr;
    if (hostname !== server.hostname || port !== server.port) continue;
    text = new TextDecoder().decode(response);
  }
  clearInterval(again);
  clearTimeout(limit);
  console.log(text);
}
s.close();
