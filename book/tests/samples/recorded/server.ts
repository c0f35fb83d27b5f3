/**
 * A server for record_test.ts: asks each client for a name, and greets it later.
 */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
Deno.writeTextFileSync(Deno.args[0]!, String(listener.addr.port));
for await (const conn of listener) {
  const name = new Uint8Array(4);
  await conn.read(name);
  await pause(100);
  await conn.write(name);
  conn.close();
}
