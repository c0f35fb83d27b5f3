/**
 * A client for names that are typed, a line each.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/typed_client.ts
 *
 * With plain.ts in another terminal you see its welcome, and a greeting for each name.
 * The name exit, or Ctrl-D (on Windows Ctrl-Z and Enter), ends it.
 */
async function* typedNames(): AsyncGenerator<string> {
  const typed = new Uint8Array(1024);
  for (let n; (n = await Deno.stdin.read(typed)) !== null;) {
    const lines = new TextDecoder().decode(typed.subarray(0, n));
    yield* lines.split(/\r?\n/).filter((name) => name !== "");
  }
}

const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
const buffer = new Uint8Array(1024);
let n = await s.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
for await (const name of typedNames()) {
  await s.write(new TextEncoder().encode(name));
  n = await s.read(buffer);
  if (n === null) break;
  console.log(new TextDecoder().decode(buffer.subarray(0, n)));
}
s.close();
