/**
 * One forged datagram makes two servers answer each other.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/loop.ts
 *
 * You see how many answers followed it, and how long the last one was.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const hello = new TextEncoder().encode("Hello, ");
let answers = 0, longest = 0;
/** The loop of plain.ts. */
async function serve(s: Deno.DatagramConn) {
  while (true) {
    const [data, addr] = await s.receive();
    longest = data.length;
    const answer = new Uint8Array(data.length + hello.length + 1);
    answer.set(hello);
    answer.set(data, hello.length);
    await s.send(answer, addr);
    answers++;
  }
}

const [one, two] = [Deno.listenDatagram(local), Deno.listenDatagram(local)];
// An attacker would write the address of `one` on it; here `one` itself sends it.
await one.send(new Uint8Array(0), two.addr);
await Promise.race([serve(one), serve(two)]).catch(({ code }) => {
  console.log(`${answers} answers, the last of ${longest} bytes, then ${code}`);
});
Deno.exit();
