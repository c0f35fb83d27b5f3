/**
 * A file over TCP in plain Deno: what send_file.ts and receive_file.ts are compared
 * with. The receiver says that it has the file by closing the connection.
 *
 *     deno run --allow-net --allow-write=copy bench/peers/tcp_file.ts receive 127.0.0.1 0 copy
 *     deno run --allow-net --allow-read=file bench/peers/tcp_file.ts send 127.0.0.1 9999 file
 */
const [role, hostname = "127.0.0.1", port, path = ""] = Deno.args;

if (role === "receive") {
  using listener = Deno.listen({ hostname, port: Number(port) });
  console.log(`Bind TCP on ${listener.addr.port}...`);
  using conn = await listener.accept();
  using file = await Deno.create(path);
  const buffer = new Uint8Array(65_536);
  for (let n; (n = await conn.read(buffer)) !== null;) {
    for (let at = 0; at < n;) at += await file.write(buffer.subarray(at, n));
  }
} else {
  using file = await Deno.open(path);
  using conn = await Deno.connect({ hostname, port: Number(port) });
  const buffer = new Uint8Array(65_536);
  for (let n; (n = await file.read(buffer)) !== null;) {
    for (let at = 0; at < n;) at += await conn.write(buffer.subarray(at, n));
  }
  await conn.closeWrite();
  await conn.read(buffer); // The end: the receiver has all of it.
}
