/**
 * A UDP client for names that are typed. It sends each until a response comes.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/4-udp-client/typed_client.ts
 *
 * With book/5-udp-server/plain.ts in another terminal you see the greetings.
 * Ctrl-D (on Windows Ctrl-Z and Enter) ends it.
 */
async function* typedNames(): AsyncGenerator<string> {
  const typed = new Uint8Array(1024);
  for (let n; (n = await Deno.stdin.read(typed)) !== null;) {
    const lines = new TextDecoder().decode(typed.subarray(0, n));
    yield* lines.split(/\r?\n/).filter((name) => name !== "");
  }
}

const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const s = Deno.listenDatagram(local);
for await (const name of typedNames()) {
  const request = new TextEncoder().encode(name);
  await s.send(request, server);
  const timer = setInterval(() => s.send(request, server), 1000);
  const [response] = await s.receive();
  clearInterval(timer);
  console.log(new TextDecoder().decode(response));
}
s.close();
