/**
 * The exercise of "TLS": a server of two versions of the protocol, between which the
 * handshake chooses (ALPN). In greeting/2 each name and each greeting is a line.
 *
 *     deno run --allow-net=127.0.0.1:9999 "--allow-read=cert.pem,key.pem" book/11-tls/answers/two_protocols.ts
 *
 * tls_client.ts gets the first version. The second one, for lines that you type:
 *
 *     openssl s_client -connect localhost:9999 -CAfile cert.pem -quiet -alpn "greeting/2,greeting/1"
 */
import { greeting } from "../../../lib/greeting.ts";
import { BufferedReader } from "../../../lib/io/mod.ts";
import { type Connection, serveTcp } from "../../../lib/tcp/mod.ts";
import { tcplink } from "../../../tcp_server.ts";

async function lines(s: Connection): Promise<void> {
  const reader = new BufferedReader(s);
  for (let line; (line = await reader.readLine(1025)) !== null;) {
    const answer = greeting(line.subarray(0, -1));
    await s.write(new Uint8Array([...answer, 0x0a]));
  }
}

const server = serveTcp({
  port: 9999,
  cert: await Deno.readTextFile("cert.pem"),
  key: await Deno.readTextFile("key.pem"),
  alpnProtocols: ["greeting/2", "greeting/1"], // The preferred one first.
  onListen: ({ port }) => console.log(`Bind TCP on ${port}...`),
}, async (s) => {
  const tls = await s.handshake();
  if (tls?.alpnProtocol === "greeting/2") await lines(s);
  else await tcplink(s, 0, console.log);
});
await server.finished;
