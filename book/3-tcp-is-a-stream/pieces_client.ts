/**
 * Sends four lines, the last one "exit", in three pieces that are no lines.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/pieces_client.ts
 *
 * With cures/lines.ts you see three greetings.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
const bytes = new TextEncoder().encode("Michael\n小明\nSarah\nexit\n");
for (const [from, to] of [[0, 4], [4, 12], [12]]) {
  await s.write(bytes.subarray(from, to));
  await new Promise((resolve) => setTimeout(resolve, 100));
}
console.log(await new Response(s.readable).text()); // reads until the end
