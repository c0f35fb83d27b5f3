/**
 * Exercise 4: a number in each question, which the server repeats in its answer.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/answers/numbered.ts
 *
 * The server answers twice, and yet you see each greeting once.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function serve(s: Deno.DatagramConn) {
  for await (const [data, addr] of s) {
    const [id, name] = decode(data).split(" ");
    await s.send(encode(`${id} Hello, ${name}!`), addr);
    await s.send(encode(`${id} Hello, ${name}!`), addr);
  }
}

const server = Deno.listenDatagram(local);
const served = serve(server);
const s = Deno.listenDatagram(local);
for (const [id, name] of ["Michael", "Tracy", "Sarah"].entries()) {
  await s.send(encode(`${id} ${name}`), server.addr);
  let answer: string;
  // Skips the answers to earlier questions.
  do answer = decode((await s.receive())[0]); while (
    !answer.startsWith(`${id} `)
  );
  console.log(answer.slice(answer.indexOf(" ") + 1));
}
s.close();
server.close();
await served;
