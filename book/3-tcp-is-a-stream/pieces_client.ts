/**
 * Sends three lines and "exit", but in pieces that are no lines.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/pieces_client.ts
 *
 * With cures/lines.ts you see three greetings.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
for (const piece of ["Mich", "ael\n小明\nSa", "rah\nexit\n"]) {
  await s.write(new TextEncoder().encode(piece));
  await new Promise((resolve) => setTimeout(resolve, 100));
}
console.log(await new Response(s.readable).text()); // reads until the end
