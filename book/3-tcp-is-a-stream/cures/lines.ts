/**
 * The plain server, with names and greetings that end with a line feed.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/cures/lines.ts
 *
 * With pieces_client.ts, three names in three odd pieces get three greetings. A line
 * that is too long, or that the end of input cuts off, ends its connection.
 */
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function* readLines(sock: Deno.TcpConn): AsyncGenerator<string> {
  const buffer = new Uint8Array(1024);
  const decoder = new TextDecoder();
  let rest = ""; // what has come of the next line
  while (true) {
    const n = await sock.read(buffer);
    if (n === null) break;
    rest += decoder.decode(buffer.subarray(0, n), { stream: true });
    const lines = rest.split("\n");
    if (lines.some((line) => line.length > 1024)) throw new Error("Too long");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  rest += decoder.decode(); // half a character, if one is left
  if (rest !== "") throw new Error("The last line has no end");
}

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  using _ = sock; // closes it at the end, however that comes
  await sock.write(new TextEncoder().encode("Welcome!\n"));
  for await (const data of readLines(sock)) {
    await sleep(1000);
    if (data === "exit") break;
    await sock.write(new TextEncoder().encode(`Hello, ${data}!\n`));
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) {
  tcplink(sock).catch((error) => console.error(error.message));
}
