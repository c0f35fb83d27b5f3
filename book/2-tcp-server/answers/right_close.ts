/**
 * Answer: `tcplink(sock)` was not awaited, so `finally` ran at its first `await`, and
 * closed the connection. `await` there would serve one client at a time; `try` and
 * `finally` belong to the task.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/answers/right_close.ts
 */
async function tcplink(sock: Deno.TcpConn): Promise<void> {
  try {
    await sock.write(new TextEncoder().encode("Welcome!"));
    const buffer = new Uint8Array(1024);
    for (let n; (n = await sock.read(buffer)) !== null;) {
      const data = new TextDecoder().decode(buffer.subarray(0, n));
      await sock.write(new TextEncoder().encode(`Hello, ${data}!`));
    }
  } catch (error) {
    console.error("Failed:", error);
  } finally {
    sock.close();
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) tcplink(sock);
