/**
 * UDP server, Deno: nothing but the loop, to see what the script's care costs.
 *
 *     deno run --allow-net=127.0.0.1 bench/peers/udp_deno.ts 9999
 *
 * It receives and answers in one buffer, as `udp_server.ts` does.
 */
const HELLO = new TextEncoder().encode("Hello, ");
const MARK = "!".charCodeAt(0);
const LARGEST = 65_535;

const port = Number(Deno.args[0] ?? 9999); // 0: any free port
const s = Deno.listenDatagram({
  transport: "udp",
  hostname: "127.0.0.1",
  port,
});
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);

const reply = new Uint8Array(HELLO.length + LARGEST + 1);
reply.set(HELLO);
const room = reply.subarray(HELLO.length, HELLO.length + LARGEST);
while (true) {
  const [data, addr] = await s.receive(room);
  reply[HELLO.length + data.length] = MARK;
  await s.send(reply.subarray(0, HELLO.length + data.length + 1), addr);
}
