/**
 * Responses without an id: the first response is taken for that of the first request.
 *
 *     deno run --allow-net=127.0.0.1 book/9-json-lines-and-http/no_id.ts
 *
 * You see that both requests get the response of the other one.
 */
const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();

/** The server works on several requests at a time. */
async function respond(seconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  await server.write(new TextEncoder().encode(`slept ${seconds} s\n`));
}
await Promise.all([respond(1), respond(0)]);
server.close();

const text = await new Response(client.readable).text();
const [first, second] = text.split("\n");
console.log(`sleep 1: ${first}\nsleep 0: ${second}`);
