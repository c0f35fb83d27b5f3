/**
 * Three clients at once. The third one has to wait if the server serves only two.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/three_clients.ts
 *
 * Start limit.ts first, in another terminal.
 */
const address = { hostname: "127.0.0.1", port: 9999 };
const first = await Deno.connect(address);
const second = await Deno.connect(address);
const third = await Deno.connect(address);
console.log("all three are connected");

await visit(first, "client 1");
await visit(second, "client 2");
const visiting = visit(third, "client 3");
const late = new Promise((resolve) => setTimeout(resolve, 500, "late"));
if (await Promise.race([visiting, late]) === "late") {
  console.log("client 3 waits, and client 1 leaves");
}
first.close();
await visiting;

async function visit(conn: Deno.TcpConn, name: string): Promise<void> {
  await conn.write(new TextEncoder().encode("Hi"));
  await conn.read(new Uint8Array(2));
  console.log(`${name} has its echo`);
}
