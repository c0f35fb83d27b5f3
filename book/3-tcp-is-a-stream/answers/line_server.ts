/**
 * Answer: a greeting server whose names end with a line feed.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/3-tcp-is-a-stream/answers/line_server.ts
 *
 * Three names sent at once get three greetings, each on its own line. A line that is
 * too long, or that the end of input cuts off, ends its connection with an error.
 */
const END = 0x0a; // the byte of a line feed

async function* lines(conn: Deno.TcpConn): AsyncGenerator<string> {
  const buffer = new Uint8Array(1024); // room for the longest line
  let filled = 0;
  while (true) {
    for (let end; (end = buffer.subarray(0, filled).indexOf(END)) >= 0;) {
      yield new TextDecoder().decode(buffer.subarray(0, end));
      buffer.copyWithin(0, end + 1, filled); // keep the bytes past the line
      filled -= end + 1;
    }
    if (filled === buffer.length) throw new Error("The line is too long");
    const n = await conn.read(buffer.subarray(filled));
    if (n === null) break;
    filled += n;
  }
  if (filled > 0) throw new Error("The last line has no end");
}

async function tcplink(sock: Deno.TcpConn): Promise<void> {
  using _ = sock;
  for await (const name of lines(sock)) {
    const bytes = new TextEncoder().encode(`Hello, ${name}!\n`);
    for (let n = 0; n < bytes.length;) {
      n += await sock.write(bytes.subarray(n)); // it may take a part
    }
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 9999 });
console.log(`Bind TCP on ${listener.addr.port}...`);
for await (const sock of listener) {
  tcplink(sock).catch((error) => console.error(error.message));
}
