const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const s = Deno.listenDatagram(local);
s.receive();
for await (const chunk of Deno.stdin.readable) Deno.stdout.writeSync(chunk);
