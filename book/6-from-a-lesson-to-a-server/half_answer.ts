/**
 * The server ends in the middle of its answer.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/half_answer.ts
 *
 * You see that read is content with 4 of 8 bytes, and that readExactly is not.
 */
import { readExactly } from "../../lib/io/mod.ts";

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
async function connect(): Promise<Deno.TcpConn> {
  const client = await Deno.connect({ port: listener.addr.port });
  const server = await listener.accept();
  await server.write(new TextEncoder().encode("Welc")); // Welcome! has 8 bytes.
  server.close();
  return client;
}

console.log("read:", await (await connect()).read(new Uint8Array(8)));
try {
  await readExactly(await connect(), 8);
} catch (error) {
  console.log("readExactly:", (error as Error).message);
}
Deno.exit();
