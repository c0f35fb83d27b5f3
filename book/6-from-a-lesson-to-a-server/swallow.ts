/**
 * After a time-out, the old read takes the next message.
 *
 *     deno run --allow-net=127.0.0.1 book/6-from-a-lesson-to-a-server/swallow.ts
 *
 * You see that the welcome is lost, and how it is kept.
 */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const encode = (text: string) => new TextEncoder().encode(text);
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const buffer = new Uint8Array(32);
const text = (n: number | null) =>
  new TextDecoder().decode(buffer.subarray(0, n ?? 0));

for (const isKept of [false, true]) {
  const client = await Deno.connect({ port: listener.addr.port });
  const server = await listener.accept();
  const reading = client.read(isKept ? buffer : new Uint8Array(32));
  await Promise.race([reading, pause(100)]); // Nothing comes in time.

  await server.write(encode("Welcome!"));
  await pause(100);
  await server.write(encode("Hello, Michael!"));
  if (isKept) console.log("the old read:", text(await reading));
  else console.log("a new read:", text(await client.read(buffer)));
  client.close();
  server.close();
}
listener.close();
