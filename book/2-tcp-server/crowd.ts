/**
 * Three clients at the same time, and when each of them is welcomed.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/crowd.ts
 *
 * With plain.ts all are welcomed at once. A server with a limit of two lets the third
 * one wait.
 */
const start = performance.now();

async function client(name: string): Promise<void> {
  using s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
  const buffer = new Uint8Array(1024);
  await s.read(buffer); // Welcome!
  const seconds = (performance.now() - start) / 1000;
  console.log(`${name} is welcomed after ${Math.round(seconds)} s`);
  await s.write(new TextEncoder().encode(name));
  await s.read(buffer); // Hello!
  await s.write(new TextEncoder().encode("exit"));
}

await Promise.all([client("Michael"), client("Tracy"), client("Sarah")]);
