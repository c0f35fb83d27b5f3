/**
 * A UDP client whose name is a byte that is no UTF-8.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/5-udp-server/not_text.ts
 *
 * You see the bytes of the greeting's name. With plain.ts in another terminal they are
 * efbfbd, and with cures/bytes.ts ff.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
await s.send(Uint8Array.of(0xff), server);
const [response] = await s.receive();
const name = response.subarray("Hello, ".length, -"!".length);
console.log(`ff was sent, ${name.toHex()} came back`);
s.close();
