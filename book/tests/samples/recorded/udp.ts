const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const a = Deno.listenDatagram(local);
const b = Deno.listenDatagram(local);
await a.send(new Uint8Array([1, 2]), b.addr);
await b.receive();
a.close();
b.close();
