/**
 * The tutorial's client for the server, in plain Deno: sends three names.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-tcp-server/plain_client.ts
 *
 * With a server in another terminal you see its welcome and three greetings.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
const buffer = new Uint8Array(1024);
let n = await s.read(buffer);
console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
for (const data of ["Michael", "Tracy", "Sarah"]) {
  await s.write(new TextEncoder().encode(data));
  n = await s.read(buffer);
  console.log(new TextDecoder().decode(buffer.subarray(0, n ?? 0)));
}
await s.write(new TextEncoder().encode("exit"));
s.close();
