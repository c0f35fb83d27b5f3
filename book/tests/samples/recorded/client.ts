const port = Number(Deno.readTextFileSync(Deno.args[0]!));
using conn = await Deno.connect({ hostname: "127.0.0.1", port });
await conn.write(new TextEncoder().encode("Ann!"));
await conn.closeWrite();
await new Response(conn.readable).text();
