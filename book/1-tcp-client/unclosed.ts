/**
 * A connection that is not closed, because a line above `close` throws.
 *
 *     deno run --allow-net=127.0.0.1 book/1-tcp-client/unclosed.ts
 *
 * You see the error, and that the server's end still waits 0.3 s later.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

async function visit(): Promise<void> {
  const s = await Deno.connect({ port: listener.addr.port });
  const name = JSON.parse("<html>"); // throws
  await s.write(new TextEncoder().encode(name));
  s.close();
}

await visit().catch((error) => console.log(error.name));
const server = await listener.accept();
setTimeout(() => {
  console.log("still open");
  Deno.exit();
}, 300);
await server.read(new Uint8Array(1));
console.log("closed");
Deno.exit();
