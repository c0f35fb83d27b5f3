/**
 * Two clients at the same time: one sends one name, the other sends two.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/two_clients.ts
 *
 * You see the greetings of both, and how long it took: 2 s with a server that serves
 * both at once, 4 s with one that serves them one after the other.
 */
async function client(...names: string[]): Promise<void> {
  using s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
  const buffer = new Uint8Array(1024);
  for (const name of [...names, "exit"]) {
    const n = await s.read(buffer);
    console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
    await s.write(new TextEncoder().encode(name));
  }
}

const start = performance.now();
await Promise.all([client("Michael"), client("Tracy", "Sarah")]);
const seconds = (performance.now() - start) / 1000;
console.log(Math.round(seconds), "s");
