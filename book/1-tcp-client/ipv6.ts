/**
 * A server and its client over IPv6: the same calls, another address.
 *
 *     deno run "--allow-net=[::1]:9999" book/1-tcp-client/ipv6.ts
 *
 * You see the address that the client is connected to.
 */
using listener = Deno.listen({ hostname: "::1", port: 9999 });
using s = await Deno.connect({ hostname: "::1", port: listener.addr.port });
console.log(s.remoteAddr.hostname, s.remoteAddr.port);
