/**
 * The system takes 127.1 for an address.
 *
 *     deno run "--allow-net=127.0.0.1,127.1" book/6-from-a-lesson-to-a-server/address.ts
 *
 * You see where it connects, and what parseHostname says.
 */
import { parseHostname } from "../../lib/net/mod.ts";

using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const { port } = listener.addr;
using client = await Deno.connect({ hostname: "127.1", port });
console.log("connect:", client.remoteAddr.hostname);

for (const text of ["127.1", "example.org:80", "::1"]) {
  try {
    console.log("parseHostname:", parseHostname(text));
  } catch (error) {
    console.log("parseHostname:", (error as Error).message);
  }
}
