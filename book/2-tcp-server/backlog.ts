/**
 * Connected before accept: a client writes to a server that never accepts.
 *
 *     deno run --allow-net=127.0.0.1 book/2-tcp-server/backlog.ts
 *
 * You see 7: the kernel took all seven bytes of "Michael".
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const s = await Deno.connect({ port: listener.addr.port });
console.log(await s.write(new TextEncoder().encode("Michael")));
