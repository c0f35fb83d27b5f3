/**
 * Answer: sends three names at once, and reads line by line.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/answers/line_client.ts
 *
 * With cures/lines.ts you see the welcome and three greetings, each as it comes.
 */
async function* readLines(sock: Deno.TcpConn): AsyncGenerator<string> {
  const buffer = new Uint8Array(1024);
  const decoder = new TextDecoder();
  let rest = "";
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

const s = await Deno.connect({ hostname: "127.0.0.1", port: 9999 });
await s.write(new TextEncoder().encode("Michael\nTracy\nSarah\nexit\n"));
for await (const line of readLines(s)) console.log(line);
s.close();
