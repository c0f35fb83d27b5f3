/**
 * Sends a file over UDP, one numbered packet at a time (stop-and-wait).
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" --allow-read=tcp_server.ts book/12-file-over-udp/plain_send.ts tcp_server.ts
 *
 * Start plain_receive.ts first, in another terminal.
 */
const receiver = {
  transport: "udp",
  hostname: "127.0.0.1",
  port: 9999,
} as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const [path = "tcp_server.ts"] = Deno.args;
const file = await Deno.readFile(path);
const s = Deno.listenDatagram(local);
let number = 0; // At most 65,535: two bytes.
for (let start = 0; start < file.length; start += 1000) {
  await deliver(file.subarray(start, start + 1000));
}
await deliver(new Uint8Array(0)); // The end.
s.close();

async function deliver(data: Uint8Array): Promise<void> {
  const packet = new Uint8Array([number >> 8, number & 255, ...data]);
  const again = setInterval(() => s.send(packet, receiver), 200);
  await s.send(packet, receiver);
  for await (const [[high = 0, low = 0]] of s) {
    if (high * 256 + low === number) break; // The acknowledgement.
  }
  clearInterval(again);
  number++;
}
