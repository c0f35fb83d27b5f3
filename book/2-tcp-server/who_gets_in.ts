/**
 * The address that a server listens on decides which clients can connect: two servers,
 * and a client at another address.
 *
 *     deno run "--allow-net=127.0.0.1,127.0.0.2,0.0.0.0" book/2-tcp-server/who_gets_in.ts
 *
 * You see that 127.0.0.1 refuses and 0.0.0.0 accepts. Linux only: elsewhere
 * 127.0.0.2 is not an address of the machine.
 */
for (const hostname of ["127.0.0.1", "0.0.0.0"]) {
  using listener = Deno.listen({ hostname, port: 0 });
  const { port } = listener.addr;
  try {
    using _ = await Deno.connect({ hostname: "127.0.0.2", port });
    console.log(hostname, "accepts");
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    console.log(hostname, "refuses");
  }
}
