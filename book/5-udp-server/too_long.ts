/**
 * The longest name that can be answered, and one byte more.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/too_long.ts
 *
 * With udp_server.ts in another terminal you see the length of one answer, and
 * there one line that says why the other name got none.
 */
import { MAX_UDP_NAME } from "../../lib/greeting.ts";

const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const s = Deno.listenDatagram(local);
await s.send(new Uint8Array(MAX_UDP_NAME + 1), server);
await s.send(new Uint8Array(MAX_UDP_NAME), server);
const [answer] = await s.receive();
console.log(`An answer of ${answer.length} bytes`);
s.close();
