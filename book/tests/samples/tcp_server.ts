// A server for docs_test.ts: greets each client once.
const port = Number(/^--port=(\d+)$/.exec(Deno.args[0] ?? "")?.[1]);
const listener = Deno.listen({ hostname: "127.0.0.1", port });
Deno.addSignalListener("SIGINT", () => Deno.exit(0));
console.log(`Bind TCP on ${port}...`);
await serve();

async function serve(): Promise<void> {
  for await (const conn of listener) {
    const name = new Uint8Array(100);
    const n = await conn.read(name);
    // One write for each client.
    await conn.write(new TextEncoder().encode("Good morning, "));
    await conn.write(name.subarray(0, n ?? 0));
    conn.close();
    console.log(`Greeted ${conn.remoteAddr.hostname}:${conn.remoteAddr.port}`);
  }
}
