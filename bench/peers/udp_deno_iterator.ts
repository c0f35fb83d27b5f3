/**
 * UDP server, Deno: `for await` over the socket, as Deno's documentation has it.
 * https://docs.deno.com/api/deno/~/Deno.DatagramConn
 *
 *     deno run --allow-net=127.0.0.1 bench/peers/udp_deno_iterator.ts 9999
 *
 * The iterator makes a new buffer of 64 KiB for each datagram; the answer is one
 * more. The script `udp_server.ts` receives and answers in one buffer.
 */
const HELLO = new TextEncoder().encode("Hello, ");
const MARK = new TextEncoder().encode("!");

const port = Number(Deno.args[0] ?? 9999); // 0: any free port
const s = Deno.listenDatagram({
  transport: "udp",
  hostname: "127.0.0.1",
  port,
});
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);

for await (const [data, addr] of s) {
  const answer = new Uint8Array(HELLO.length + data.length + MARK.length);
  answer.set(HELLO);
  answer.set(data, HELLO.length);
  answer.set(MARK, HELLO.length + data.length);
  await s.send(answer, addr);
}
