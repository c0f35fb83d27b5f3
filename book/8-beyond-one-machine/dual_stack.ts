/**
 * Which address accepts which version of IP, and what the server sees of the client.
 *
 *     deno run "--allow-net=127.0.0.1,0.0.0.0,[::1],[::]" book/8-beyond-one-machine/dual_stack.ts
 *
 * Needs IPv6.
 */
import { formatAddress } from "../../lib/net/mod.ts";

for (const hostname of ["0.0.0.0", "::"]) {
  using listener = Deno.listen({ hostname, port: 0 });
  const { port } = listener.addr;
  for (const client of ["127.0.0.1", "::1"]) {
    const way = `${hostname} <- ${client}`;
    try {
      using _client = await Deno.connect({ hostname: client, port });
      using conn = await listener.accept();
      console.log(`${way}: ${formatAddress(conn.remoteAddr)}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      console.log(`${way}: refused`);
    }
  }
}
