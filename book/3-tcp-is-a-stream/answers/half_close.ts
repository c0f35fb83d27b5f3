/**
 * Answer: sends names without `exit`, half-closes, and reads to the end.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/answers/half_close.ts
 *
 * You see all greetings although the client has said that nothing more comes. With
 * close() in place of closeWrite() there are none, and Deno says so.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await s.write(new TextEncoder().encode("Michael"));
await s.closeWrite();
console.log(await new Response(s.readable).text());
