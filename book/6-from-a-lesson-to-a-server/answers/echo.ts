/**
 * Exercise 1: an echo server that survives a failed accept and a reset, and that ends
 * gracefully with Ctrl-C.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/6-from-a-lesson-to-a-server/answers/echo.ts
 *
 * Try it with plain_client.ts in another terminal.
 */
const idle = new Set<Deno.TcpConn>();
let isStopping = false;

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
Deno.addSignalListener("SIGINT", () => {
  isStopping = true;
  listener.close();
  for (const conn of idle) conn.close();
});

while (!isStopping) {
  try {
    const conn = await listener.accept();
    echo(conn).catch((error) => console.error("echo:", error.message));
  } catch (error) {
    if (isStopping) break; // The listener is closed.
    console.error("accept:", (error as Error).message);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function echo(accepted: Deno.TcpConn): Promise<void> {
  using conn = accepted;
  const buffer = new Uint8Array(1024);
  while (!isStopping) {
    idle.add(conn);
    const n = await conn.read(buffer).catch(() => null); // A reset ends it, too.
    idle.delete(conn);
    if (n === null) return;
    for (let sent = 0; sent < n;) {
      sent += await conn.write(buffer.subarray(sent, n));
    }
  }
}
