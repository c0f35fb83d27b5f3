/**
 * The receive buffer of the kernel is full, and it drops what comes.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/unread.ts
 *
 * You see whether all datagrams are still there after a pause. Print n to see how
 * many are: Linux keeps 92 of them, with its usual buffer of 212,992 bytes.
 */
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const s = Deno.listenDatagram(local);
for (let i = 0; i < 2000; i++) await s.send(new Uint8Array(1000), s.addr);
console.log("2000 datagrams sent");

setTimeout(() => s.close(), 200); // Ends the loop.
let n = 0;
for await (const _ of s) n++;
console.log(n < 2000 ? "Some are lost" : "All are there");
