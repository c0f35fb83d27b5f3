/**
 * plain.ts with a number in each request. The server's response repeats it.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/4-udp-client/cures/numbered.ts
 *
 * With answer_twice.ts in another terminal you see each greeting once.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
let number = 0;
for (const data of ["Michael", "Tracy", "Sarah"]) {
  number++;
  await s.send(new TextEncoder().encode(`${number} ${data}`), server);
  let text = "";
  // Skips the responses to earlier requests.
  while (!text.startsWith(`Hello, ${number} `)) {
    const [response] = await s.receive();
    text = new TextDecoder().decode(response);
  }
  console.log(text);
}
s.close();
