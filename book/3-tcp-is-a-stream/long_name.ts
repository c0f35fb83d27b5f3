/**
 * One write that becomes two reads: a name of 1,500 bytes.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/long_name.ts
 *
 * With tcp_server.ts you see that one name gets two greetings.
 */
const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await s.write(new TextEncoder().encode("x".repeat(1500)));
await s.closeWrite(); // half-close: nothing more is sent, reading goes on
const text = await new Response(s.readable).text(); // reads until the end
console.log(text.split("Hello, ").length - 1, "greetings");
