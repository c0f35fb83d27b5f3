/**
 * Exercise 4: a server that carries out each request once, however often it arrives.
 *
 *     deno run --allow-net=127.0.0.1 book/4-udp-client/answers/once.ts
 *
 * The client sends "1 100" twice, as after a time-out. You see that the server has added
 * the 100 once.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

async function serve(s: Deno.DatagramConn) {
  let total = 0;
  // The responses sent so far. A real server would forget them after a while.
  const sent = new Map<string, string>();
  for await (const [data, addr] of s) {
    const [number, amount] = decode(data).split(" ");
    const { hostname, port } = addr as Deno.NetAddr;
    const key = `${hostname}:${port} ${number}`; // Another client has numbers, too.
    if (!sent.has(key)) {
      total += Number(amount);
      sent.set(key, `${number} The total is ${total}`);
    }
    await s.send(encode(sent.get(key) ?? ""), addr);
  }
}

const server = Deno.listenDatagram(local);
const served = serve(server);
const s = Deno.listenDatagram(local);
for (const request of ["1 100", "1 100", "2 50"]) {
  await s.send(encode(request), server.addr);
  const [response] = await s.receive();
  console.log(decode(response));
}
s.close();
server.close();
await served;
