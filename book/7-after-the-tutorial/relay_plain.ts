/**
 * A relay of two pipes: what a client sends to port 9999 goes to the port that is
 * given, and the responses go back.
 *
 *     deno run "--allow-net=127.0.0.1:9999,127.0.0.1:9998" book/7-after-the-tutorial/relay_plain.ts 9998
 *
 * Start a server behind it with `--port 9998`. A client that ends its output before
 * it reads the responses gets none.
 */
const [port] = Deno.args.map(Number);
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const near of listener) {
  const far = await Deno.connect({ hostname: "127.0.0.1", port: port ?? 9998 });
  const both = [
    near.readable.pipeTo(far.writable),
    far.readable.pipeTo(near.writable),
  ];
  Promise.all(both).catch((error) => console.error(error.message));
}
