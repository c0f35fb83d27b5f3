/**
 * Which clients reach a server, by the address on which it listens.
 *
 *     deno run "--allow-net=127.0.0.1,0.0.0.0,[::1],[::]" book/8-beyond-one-machine/dual_stack.ts
 *
 * Needs IPv6.
 */
for (const hostname of ["127.0.0.1", "0.0.0.0", "::"]) {
  using listener = Deno.listen({ hostname, port: 0 });
  const { port } = listener.addr;
  for (const client of ["127.0.0.1", "::1"]) {
    try {
      using _client = await Deno.connect({ hostname: client, port });
      using conn = await listener.accept();
      console.log(`${hostname} sees ${client} as ${conn.remoteAddr.hostname}`);
    } catch (error) {
      console.log(`${hostname} and ${client}: ${(error as Error).name}`);
    }
  }
}
