const port = Number(Deno.args[0]);
await Deno.connect({ hostname: "127.0.0.1", port });
