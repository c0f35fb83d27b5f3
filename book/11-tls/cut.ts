/**
 * A connection is cut in the middle of a response: once without TLS,
 * once with it.
 *
 *     deno run "--allow-net=localhost,127.0.0.1" "--allow-read=cert.pem,key.pem" book/11-tls/cut.ts
 *
 * You see that without TLS half a response looks like a whole one. The chapter shows
 * how to make cert.pem and key.pem.
 */
const cert = await Deno.readTextFile("cert.pem");
const key = await Deno.readTextFile("key.pem");
const local = { hostname: "127.0.0.1", port: 0 };

for (const name of ["TCP", "TLS"]) {
  const listener = name === "TCP"
    ? Deno.listen(local)
    : Deno.listenTls({ ...local, cert, key });
  const middle = Deno.listen(local); // Between the client and the server.
  const where = { hostname: "localhost", port: middle.addr.port };
  const connecting = name === "TCP"
    ? Deno.connect(where)
    : Deno.connectTls({ ...where, caCerts: [cert] });
  const near = await middle.accept();
  const far = await Deno.connect({ ...local, port: listener.addr.port });
  near.readable.pipeTo(far.writable).catch(() => {});
  far.readable.pipeTo(near.writable).catch(() => {});

  const [s, server] = await Promise.all([connecting, listener.accept()]);
  await server.write(new TextEncoder().encode("Pay 100")); // And then "0 yuan".
  const buffer = new Uint8Array(1024);
  const n = await s.read(buffer);
  console.log(name, new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
  near.close(); // The cut.
  try {
    console.log(name, await s.read(buffer)); // null: the end of input.
  } catch (error) {
    console.log(name, error instanceof Error ? error.name : error);
  }
  for (const each of [s, server, far, listener, middle]) {
    each[Symbol.dispose]();
  }
}
