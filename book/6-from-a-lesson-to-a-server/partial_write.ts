/**
 * One write takes only what fits into the kernel's buffers.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/partial_write.ts
 *
 * You see that a single write of 8 MB took a part, and that writeAll wrote it all.
 */
import { writeAll } from "../../lib/io/mod.ts";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const conn = await listener.accept();
const data = new Uint8Array(8_000_000);

const n = await conn.write(data);
console.log("write:", n < data.length ? "a part" : "everything");
writeAll(conn, data.subarray(n)).then(() => conn.close());

let received = 0;
for await (const part of client.readable) received += part.length;
console.log("writeAll:", received, "bytes received");
listener.close();
