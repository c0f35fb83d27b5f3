/**
 * plain.ts, which tries each address of a name.
 *
 *     deno run "--allow-net=0.0.0.0:0,[::]:0,127.0.0.1:9999,[::1]:9999" book/4-udp-client/cures/addresses.ts
 *
 * With ipv6_server.ts in another terminal you see that 127.0.0.1 does not respond, and
 * then the greetings from ::1. With book/5-udp-server/plain.ts 127.0.0.1 responds.
 */
const addresses = ["127.0.0.1", "::1"]; // Those of localhost.
for (const hostname of addresses) {
  const server = { transport: "udp", hostname, port: 9999 } as const;
  const any = hostname.includes(":") ? "::" : "0.0.0.0";
  const s = Deno.listenDatagram({ transport: "udp", hostname: any, port: 0 });
  const limit = setTimeout(() => s.close(), 1000); // Then `receive` throws.
  try {
    for (const data of ["Michael", "Tracy", "Sarah"]) {
      await s.send(new TextEncoder().encode(data), server);
      const [response] = await s.receive();
      console.log(new TextDecoder().decode(response));
    }
    clearTimeout(limit);
    s.close();
    break;
  } catch {
    console.error(`No response from ${hostname}`);
  }
}
