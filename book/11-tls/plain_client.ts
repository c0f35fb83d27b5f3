/**
 * A plain TLS client: it sends a name, and prints the greeting.
 *
 *     deno run --allow-net=localhost:9999 --allow-read=cert.pem book/11-tls/plain_client.ts
 *
 * Start plain_server.ts first, in another terminal.
 */
const conn = await Deno.connectTls({
  hostname: "localhost",
  port: 9999,
  caCerts: [await Deno.readTextFile("cert.pem")],
});
await conn.write(new TextEncoder().encode("Michael"));
const buffer = new Uint8Array(1024);
const n = await conn.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
conn.close();
