/**
 * Sends a line as it is typed, and prints the response.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/9-json-lines-and-http/send_line.ts hello
 */
const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await conn.write(new TextEncoder().encode(`${Deno.args.join(" ")}\n`));
const buffer = new Uint8Array(1024);
const n = await conn.read(buffer).catch(() => null); // Also after a reset.
if (n === null) console.log("The connection has ended.");
else console.log(new TextDecoder().decode(buffer.subarray(0, n)).trimEnd());
conn.close();
