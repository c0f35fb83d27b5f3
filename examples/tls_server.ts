/**
 * TCP server inside TLS: the same greeting, which nobody on the way can read or
 * change.
 *
 * It needs a certificate and its key. This makes both, for 30 days, in one line:
 *
 *     openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost -addext "basicConstraints=critical,CA:FALSE" -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem
 *
 *     deno run --allow-net=127.0.0.1:9999 "--allow-read=cert.pem,key.pem" examples/tls_server.ts
 *
 * In other terminals:
 *
 *     deno run --cert=cert.pem --allow-net=localhost:9999 examples/tls_client.ts Michael Tracy Sarah
 *     openssl s_client -connect localhost:9999 -CAfile cert.pem -verify_return_error -quiet
 *
 * You see what tcp_server.ts prints, and a line for each client that refuses the
 * certificate or speaks no TLS. Ctrl-C ends it.
 */
import { fileName, run, tcpServerCommand, value } from "../lib/cli/mod.ts";
import { TcpServer } from "../lib/tcp/mod.ts";
import { tcplink } from "../tcp_server.ts";
import { readPem } from "./read_pem.ts";

/** The name of the tutorial's protocol in the handshake (ALPN). */
const PROTOCOL = "greeting/1";

const { reusePort: _, ...tcp } = tcpServerCommand.options;
const file = { placeholder: "FILE", parse: fileName };
await run({
  script: "tls_server.ts",
  summary: "TLS server: greets each name that a client sends, encrypted.",
  options: {
    ...tcp,
    cert: value({ ...file, default: "cert.pem", help: "Certificates, in PEM" }),
    key: value({ ...file, default: "key.pem", help: "Private key, in PEM" }),
  },
  isServer: true,
  attempt: (to) => ({ action: "listen on", transport: "TLS", ...to }),
}, async ({ cert, key, ...options }, context) => {
  const { hostname, port, delay } = options;
  const { maxConnections, idleTimeout, drainTimeout } = options;
  const { print, log, warn, onError, trace, signal } = context;
  const listener = Deno.listenTls({
    hostname,
    port,
    cert: await readPem(cert, "CERTIFICATE"),
    key: await readPem(key, "PRIVATE KEY"),
    alpnProtocols: [PROTOCOL],
  });
  print(`Bind TCP on ${listener.addr.port}...`);
  const limits = { maxConnections, idleTimeout, drainTimeout, signal };
  const server = new TcpServer(listener, { ...limits, onError, warn, trace });
  while (true) {
    const sock = await server.accept();
    if (sock === null) break; // Ctrl-C
    server.spawn(sock, async () => {
      await sock.handshake(); // The one line that is new.
      await tcplink(sock, delay, log);
    });
  }
  await server.shutdown();
});
