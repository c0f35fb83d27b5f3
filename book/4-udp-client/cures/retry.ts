/**
 * plain.ts with a time limit, and with retries: it sends each name again every second.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/4-udp-client/cures/retry.ts
 *
 * With lose_first.ts in another terminal you see the first greeting after a second.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
for (const data of ["Michael", "Tracy", "Sarah"]) {
  const request = new TextEncoder().encode(data);
  await s.send(request, server);
  const again = setInterval(() => s.send(request, server), 1000);
  const limit = setTimeout(() => {
    console.error("No response");
    Deno.exit(1);
  }, 4000);
  const [response] = await s.receive(); // One receive for all tries.
  clearInterval(again);
  clearTimeout(limit);
  console.log(new TextDecoder().decode(response));
}
s.close();
