/**
 * A header without end.
 *
 *     deno run book/6-from-a-lesson-to-a-server/endless_header.ts
 *
 * You see that a plain loop reads on after 10 MB, and that readResponse gives up.
 */
import { readResponse } from "../../lib/http/mod.ts";

/** What a malicious server sends, in place of a connection: one line each time. */
function connect() {
  let line = "HTTP/1.1 200 OK\r\n";
  return {
    read(p: Uint8Array): Promise<number> {
      const { written } = new TextEncoder().encodeInto(line, p);
      line = `X: ${"x".repeat(1000)}\r\n`;
      return Promise.resolve(written);
    },
  };
}

const [connection, buffer] = [connect(), new Uint8Array(2000)];
let size = 0;
for (let n = -1; n !== 2 && size < 10_000_000; size += n) {
  n = await connection.read(buffer); // The empty line has 2 bytes.
}
console.log("plain loop:", size, "bytes, and no end");
await readResponse(connect()).catch((e) =>
  console.log("readResponse:", e.message)
);
