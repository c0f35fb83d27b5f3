/**
 * Several receives at once take the datagrams out of order.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/three_receives.ts
 *
 * Three datagrams are sent, one after the other. You see in which order three
 * pending receives got them, and then in which order one after the other did.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const s = Deno.listenDatagram(local);

async function receive() {
  const [data] = await s.receive();
  return new TextDecoder().decode(data);
}
async function send() {
  for (const text of ["one", "two", "three"]) {
    await s.send(new TextEncoder().encode(text), s.addr);
  }
}

const pending = [receive(), receive(), receive()];
setTimeout(send, 50);
const atOnce = (await Promise.all(pending)).join();
console.log(atOnce === "one,two,three" ? "in order" : "out of order");
await send();
console.log(await receive(), await receive(), await receive());
s.close();
