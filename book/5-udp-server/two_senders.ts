/**
 * Two clients at once: one loop serves both.
 *
 *     deno run --allow-net=127.0.0.1 book/5-udp-server/two_senders.ts
 *
 * With a UDP server in another terminal you see each client greeted twice.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;
const michael = Deno.listenDatagram(local);
const tracy = Deno.listenDatagram(local);

for (const round of [1, 2]) {
  await michael.send(new TextEncoder().encode("Michael"), server);
  await tracy.send(new TextEncoder().encode("Tracy"), server);
  for (const s of [michael, tracy]) {
    const [response] = await s.receive();
    console.log(round, new TextDecoder().decode(response));
  }
}
for (const s of [michael, tracy]) s.close();
