/**
 * relay_plain.ts with half-closes: the end of one direction leaves the other one open.
 *
 *     deno run "--allow-net=127.0.0.1:9999,127.0.0.1:9998" book/7-after-the-tutorial/relay_half_close.ts 9998
 *
 * Start a server behind it with `--port 9998`.
 */
const [port] = Deno.args.map(Number);
const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const near of listener) {
  join(near).catch((error) => console.error(error.message));
}

async function join(accepted: Deno.TcpConn): Promise<void> {
  using near = accepted;
  using far = await Deno.connect({ hostname: "127.0.0.1", port: port ?? 9998 });
  await Promise.all([forward(near, far), forward(far, near)]);
}

async function forward(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  while (true) {
    const n = await from.read(buffer);
    if (n === null) break;
    for (let sent = 0; sent < n;) {
      sent += await to.write(buffer.subarray(sent, n)); // It may take a part.
    }
  }
  await to.closeWrite(); // The other direction stays open.
}
