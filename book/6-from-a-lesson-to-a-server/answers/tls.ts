/**
 * Exercise 2: the same server, encrypted (TLS), with the certificate of the tests.
 *
 *     deno run --allow-net=127.0.0.1:9999 --allow-read=tests/support/tls book/6-from-a-lesson-to-a-server/answers/tls.ts
 *
 * Try it with "openssl s_client -connect 127.0.0.1:9999": what you type comes back.
 */
import { serveTcp } from "../../../lib/tcp/mod.ts";

const server = serveTcp({
  port: 9999,
  cert: await Deno.readTextFile("tests/support/tls/localhost.pem"),
  key: await Deno.readTextFile("tests/support/tls/localhost.key"),
  onListen: ({ port }) => console.log(`Bind TCP on ${port}...`),
}, async (conn) => {
  const buffer = new Uint8Array(1024);
  for (let n; (n = await conn.read(buffer)) !== null;) {
    await conn.write(buffer.subarray(0, n));
  }
});
await server.finished;
