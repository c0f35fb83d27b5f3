/**
 * A client that answers some pings of heartbeat_server.ts, and then no more.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-push-and-heartbeat/heartbeat_client.ts 2
 *
 * You see the pings, and the end of the connection. Without the 2 it answers them all.
 */
const [pongs = "Infinity"] = Deno.args;
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
const buffer = new Uint8Array(1024);
for (let i = 0; true; i++) {
  const n = await s.read(buffer);
  if (n === null) break;
  console.log(new TextDecoder().decode(buffer.subarray(0, n)).trimEnd());
  if (i < Number(pongs)) await s.write(new TextEncoder().encode("pong\n"));
}
console.log("The server has closed the connection.");
s.close();
