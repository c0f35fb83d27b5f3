/**
 * A connection that is closed however its block ends.
 *
 *     deno run --allow-net=127.0.0.1 book/1-tcp-client/cures/using.ts
 *
 * You see the error, and that the server's end has read the end of input.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

async function visit(): Promise<void> {
  using s = await Deno.connect({ port: listener.addr.port });
  const name = JSON.parse("<html>"); // throws
  await s.write(new TextEncoder().encode(name));
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
