/**
 * Sends two requests to plain.ts, and prints the responses.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/9-json-lines-and-http/plain_client.ts
 */
const requests = [
  { id: 1, method: "add", params: [1, 2] },
  { id: 2, method: "add", params: ["小", "明"] },
];
const conn = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
for (const request of requests) {
  const line = JSON.stringify(request);
  await conn.write(new TextEncoder().encode(`${line}\n`));
}
await conn.closeWrite(); // No request follows.
const responses = await new Response(conn.readable).text();
console.log(responses.trimEnd());
