/**
 * Answer: responds to each ping, and closes if none comes for three seconds.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-push-and-heartbeat/answers/careful_client.ts
 *
 * Stop heartbeat_server.ts with Ctrl-Z (bash, zsh), and you see it close the connection.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
const buffer = new Uint8Array(1024);
try {
  while (true) {
    const timer = setTimeout(() => s.close(), 3000);
    const n = await s.read(buffer);
    clearTimeout(timer);
    if (n === null) break;
    console.log(new TextDecoder().decode(buffer.subarray(0, n)).trimEnd());
    await s.write(new TextEncoder().encode("pong\n"));
  }
  console.log("The server has closed the connection.");
  s.close();
} catch (error) {
  if (!(error instanceof Deno.errors.Interrupted)) throw error;
  console.log("No ping within 3 s: closed.");
}
