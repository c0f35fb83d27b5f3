/**
 * The plain client for a server on any machine: its address is the argument.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/2-two-computers/client.ts 127.0.0.1
 *
 * With a server in another terminal you see its welcome and three greetings.
 */
const [hostname = "127.0.0.1"] = Deno.args;
const s = await Deno.connect({ hostname, port: 9999 });
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
