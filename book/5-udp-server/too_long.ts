/**
 * A UDP client. The greeting of its first name does not fit into a datagram.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/5-udp-server/too_long.ts
 *
 * Start plain.ts in another terminal: it ends, and you see "No response". Then start
 * cures/survive.ts: the second name is greeted. (On macOS, write 9_210 in place of
 * 65_500: the largest datagram is smaller there.)
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
await s.send(new Uint8Array(65_500), server);
await s.send(new TextEncoder().encode("Michael"), server);
const limit = setTimeout(() => {
  console.error("No response");
  Deno.exit(1);
}, 2000);
const [response] = await s.receive();
clearTimeout(limit);
console.log(new TextDecoder().decode(response));
s.close();
