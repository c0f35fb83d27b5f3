/**
 * Ctrl-C in the middle of a request (Linux and macOS): the response still arrives.
 *
 *     deno run --allow-net=127.0.0.1 --allow-run book/6-from-a-lesson-to-a-server/graceful.ts
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const idle = new Set<Deno.TcpConn>();
let isStopping = false;
Deno.addSignalListener("SIGINT", () => {
  isStopping = true;
  listener.close(); // No new connections. The open ones go on.
  for (const conn of idle) conn.close();
});
async function echo(accepted: Deno.TcpConn): Promise<void> {
  using conn = accepted; // It is closed in any case.
  const buffer = new Uint8Array(1024);
  while (!isStopping) {
    idle.add(conn);
    const n = await conn.read(buffer).catch(() => null);
    idle.delete(conn);
    if (n === null) return;
    await new Promise((resolve) => setTimeout(resolve, 500)); // The work.
    await conn.write(buffer.subarray(0, n));
  }
}
const client = await Deno.connect({ port: listener.addr.port });
echo(await listener.accept());
await client.write(new TextEncoder().encode("Michael"));
setTimeout(() => Deno.kill(Deno.pid, "SIGINT"), 100);
console.log(await new Response(client.readable).text());
