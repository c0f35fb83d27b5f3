/**
 * Receives a file over UDP, and acknowledges each packet.
 *
 *     deno run --allow-net=127.0.0.1 --allow-write=copy.txt book/12-file-over-udp/plain_receive.ts copy.txt
 *
 * The sender is plain_send.ts.
 */
const [path = "copy.txt"] = Deno.args;
const s = Deno.listenDatagram({
  transport: "udp",
  hostname: "127.0.0.1",
  port: 9999,
});
console.log(`Bind UDP on ${(s.addr as Deno.NetAddr).port}...`);
const mode = { write: true, create: true, truncate: true };
using file = await Deno.open(path, mode);
let next = 0;
for await (const [packet, sender] of s) {
  const [high = 0, low = 0] = packet;
  const data = packet.subarray(2);
  if (high * 256 + low === next) {
    await file.write(data);
    next++;
  }
  await s.send(packet.subarray(0, 2), sender); // It may have come again.
  if (data.length === 0) break;
}
console.log(`Received ${next - 1} packets`);
s.close();
