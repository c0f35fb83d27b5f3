/**
 * The client of a server that pushes: it only reads.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-push-and-heartbeat/client.ts
 *
 * With plain.ts you see three updates.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
const buffer = new Uint8Array(1024);
for (let i = 0; i < 3; i++) {
  const n = await s.read(buffer);
  if (n === null) break;
  console.log(new TextDecoder().decode(buffer.subarray(0, n)).trimEnd());
}
s.close();
