/**
 * Two members of the chat: Michael sends a line, and Tracy reads it.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/7-after-the-tutorial/two_members.ts
 *
 * Start chat_plain.ts first, in another terminal.
 */
const address = { hostname: "127.0.0.1", port: 9999 };
const michael = await Deno.connect(address);
const tracy = await Deno.connect(address);
// The server accepts them in this order, so it knows Michael when Tracy writes.
await tracy.write(new TextEncoder().encode("Tracy: hello\n"));
await print("Michael's terminal", michael);
await michael.write(new TextEncoder().encode("Michael: hello, Tracy\n"));
await print("Tracy's terminal", tracy);
michael.close();
tracy.close();

async function print(name: string, conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1024);
  const n = await conn.read(buffer);
  const text = new TextDecoder().decode(buffer.subarray(0, n ?? 0));
  console.log(`${name}: ${text.trimEnd()}`);
}
