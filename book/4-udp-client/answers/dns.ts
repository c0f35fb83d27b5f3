/**
 * Exercise 5: asks a name server for an IPv4 address, over UDP, by hand.
 *
 *     deno run "--allow-net=0.0.0.0:0,9.9.9.9:53" book/4-udp-client/answers/dns.ts example.com 9.9.9.9
 *
 * You see the addresses of example.com. A third argument chooses another port. Only a
 * datagram from that server with the number of the request is accepted.
 */
const [name = "example.com", hostname = "9.9.9.9", port = "53"] = Deno.args;
const id = Math.floor(Math.random() * 0x10000);

// A header of 12 bytes: the number, "recursion desired", and one question.
const header = [id >> 8, id & 0xff, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0];
// The name, each part with its length in front; then type 1 (A), class 1 (IN).
const labels = name.split(".").map((label) => new TextEncoder().encode(label));
const parts = labels.flatMap((label) => [label.length, ...label]);
const request = new Uint8Array([...header, ...parts, 0, 0, 1, 0, 1]);

const s = Deno.listenDatagram({
  transport: "udp",
  hostname: "0.0.0.0",
  port: 0,
});
const server = { transport: "udp", hostname, port: Number(port) } as const;
await s.send(request, server);
const timer = setTimeout(() => s.close(), 5000);
let response: Uint8Array | null = null;
while (response === null) {
  const [data, addr] = await s.receive();
  const from = addr as Deno.NetAddr;
  if (from.hostname !== hostname || from.port !== server.port) continue;
  if (data[0] === id >> 8 && data[1] === (id & 0xff)) response = data;
}
clearTimeout(timer);

// The question is repeated; each record is a name, type, class, time to live (4
// bytes), length and data. Names are two bytes that point to an earlier one, or
// labels.
const view = new DataView(
  response.buffer,
  response.byteOffset,
  response.length,
);
let at = request.length;
for (let records = view.getUint16(6); records > 0; records--) {
  while (view.getUint8(at) > 0 && view.getUint8(at) < 0xc0) {
    at += 1 + view.getUint8(at);
  }
  at += view.getUint8(at) === 0 ? 1 : 2;
  const [type, length] = [view.getUint16(at), view.getUint16(at + 8)];
  at += 10;
  if (type === 1) console.log(response.subarray(at, at + length).join("."));
  at += length;
}
s.close();
