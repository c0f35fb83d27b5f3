/**
 * The system takes 127.1 for an address.
 *
 *     deno run "--allow-net=127.0.0.1,127.1" book/6-from-a-lesson-to-a-server/address.ts
 *
 * You see where it connects, and that the check refuses it.
 */
using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const { port } = listener.addr;
using client = await Deno.connect({ hostname: "127.1", port });
console.log("127.1 leads to", client.remoteAddr.hostname);

for (const host of ["127.1", "0x7f.1", "127.0.0.1", "example.org"]) {
  console.log(host, isClear(host) ? "is accepted" : "is refused");
}

/** What ends in a number must be four numbers without leading zeros. */
function isClear(host: string): boolean {
  if (!/^([^:]*\.)?(\d+|0x[\da-f]*)\.?$/i.test(host)) return true;
  return /^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(host);
}
