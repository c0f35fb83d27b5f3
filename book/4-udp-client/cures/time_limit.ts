/**
 * plain.ts with a time limit for each response.
 *
 *     deno run "--allow-net=127.0.0.1:0,127.0.0.1:9999" book/4-udp-client/cures/time_limit.ts
 *
 * Without a server you see "No response" after four seconds, and the exit status is 1.
 */
const server = { transport: "udp", hostname: "127.0.0.1", port: 9999 } as const;
const local = { transport: "udp", hostname: "127.0.0.1", port: 0 } as const;

const s = Deno.listenDatagram(local);
for (const data of ["Michael", "Tracy", "Sarah"]) {
  await s.send(new TextEncoder().encode(data), server);
  const limit = setTimeout(() => {
    console.error("No response");
    Deno.exit(1);
  }, 4000);
  const [response] = await s.receive();
  clearTimeout(limit);
  console.log(new TextDecoder().decode(response));
}
s.close();
