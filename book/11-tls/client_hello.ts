/**
 * What a TLS client sends in the clear, before anything is encrypted.
 *
 *     deno run "--allow-net=127.0.0.1,localhost" book/11-tls/client_hello.ts
 *
 * You see that every router on the way can read the name of the server and that of the
 * protocol.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const { port } = listener.addr;
const alpnProtocols = ["greeting/1"];
const s = await Deno.connectTls({ hostname: "localhost", port, alpnProtocols });
const handshake = s.handshake().catch(() => {}); // It gets no response.

const conn = await listener.accept();
const buffer = new Uint8Array(4096);
const n = await conn.read(buffer);
const hello = buffer.subarray(0, n ?? 0);
console.log(hello.subarray(0, 3).toHex().replace(/..(?=.)/g, "$& "));
const text = new TextDecoder("latin1").decode(hello);
for (const name of ["localhost", "greeting/1"]) {
  console.log(`${name}: ${text.includes(name) ? "readable" : "hidden"}`);
}
conn.close();
await handshake;
s.close();
listener.close();
