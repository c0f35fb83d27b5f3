/**
 * A plain TLS server: it greets each client.
 *
 *     deno run --allow-net=127.0.0.1:9999 "--allow-read=cert.pem,key.pem" book/11-tls/plain_server.ts
 *
 * It needs a certificate; the chapter shows how to make one. Its client is
 * plain_client.ts.
 */
const listener = Deno.listenTls({
  hostname: "127.0.0.1",
  port: 9999,
  cert: await Deno.readTextFile("cert.pem"),
  key: await Deno.readTextFile("key.pem"),
});
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const conn of listener) {
  greet(conn).catch((error) => console.error(error.message));
}

async function greet(accepted: Deno.TlsConn): Promise<void> {
  using conn = accepted;
  const buffer = new Uint8Array(1024);
  const n = await conn.read(buffer);
  const name = new TextDecoder().decode(buffer.subarray(0, n ?? 0));
  await conn.write(new TextEncoder().encode(`Hello, ${name}!`));
}
