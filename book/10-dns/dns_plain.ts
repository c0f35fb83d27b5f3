/**
 * A DNS query in plain Deno: its bytes, those of the response, and the address.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/10-dns/dns_plain.ts
 *
 * Start dns_server.ts in another terminal first.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const text = (label: string) => new TextEncoder().encode(label);

const query = new Uint8Array([
  ...[0x12, 0x34], // The ID of this query.
  ...[0x01, 0x00], // Flags: a query, "recursion desired".
  ...[0, 1, 0, 0, 0, 0, 0, 0], // One question, and three empty lists.
  ...[3, ...text("www"), 7, ...text("sockets"), 4, ...text("test"), 0],
  ...[0, 1, 0, 1], // Type A, an IPv4 address; class IN, the internet.
]);
const s = Deno.listenDatagram(local);
await s.send(query, server);
const [response] = await s.receive();
for (const bytes of [query, response]) {
  const rows = bytes.toHex().match(/.{1,32}/g) ?? [];
  console.log(rows.map((row) => row.replace(/..(?=.)/g, "$& ")).join("\n"));
  console.log();
}
console.log(response.subarray(-4).join("."));
s.close();
