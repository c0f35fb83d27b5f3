/**
 * A UDP client with a name of 2,000 bytes, and one of 7.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/5-udp-server/long_name.ts
 *
 * You see how many bytes the first response has. With tutorial_server.py in another
 * terminal they are 1032, because the name was cut off. With cures/length.ts they are
 * 15: only the second name is greeted.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
await s.send(new TextEncoder().encode("a".repeat(2000)), server);
await s.send(new TextEncoder().encode("Michael"), server);
const [response] = await s.receive();
console.log(`A response of ${response.length} bytes`);
s.close();
