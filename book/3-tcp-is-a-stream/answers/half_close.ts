/**
 * Answer: sends a name without `exit`, half-closes, and reads to the end.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/answers/half_close.ts
 *
 * With plain.ts of chapter 2 you see the welcome and the greeting.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await s.write(new TextEncoder().encode("Michael"));
await s.closeWrite();
console.log(await new Response(s.readable).text());
