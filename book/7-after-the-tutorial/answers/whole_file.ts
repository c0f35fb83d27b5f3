/**
 * Answer: a file over TCP, of which the receiver knows whether it is whole.
 *
 *     deno run --allow-net=127.0.0.1:9999 book/7-after-the-tutorial/answers/whole_file.ts receive > copy
 *     deno run --allow-net=127.0.0.1:9999 book/7-after-the-tutorial/answers/whole_file.ts send < file
 *
 * The file goes in chunks, each with its length in four bytes in front, and a chunk
 * of no bytes is the last. An end of input before that one is an error. HTTP's chunked
 * coding does the same (RFC 9112, 7.1).
 */
import { readExactly, writeAll } from "../../../lib/io/mod.ts";

const HERE = { hostname: "127.0.0.1", port: 9999 };
const LONGEST = 65_536;

async function send(): Promise<void> {
  using conn = await Deno.connect(HERE);
  const frame = new Uint8Array(4 + LONGEST);
  for (let n = -1; n !== 0;) {
    n = await Deno.stdin.read(frame.subarray(4)) ?? 0;
    new DataView(frame.buffer).setUint32(0, n);
    await writeAll(conn, frame.subarray(0, 4 + n));
  }
  await conn.closeWrite();
  await conn.read(new Uint8Array(1)); // The receiver closes when it has all.
}

async function receive(): Promise<void> {
  using listener = Deno.listen(HERE);
  console.error(`Bind TCP on ${listener.addr.port}...`);
  using conn = await listener.accept();
  for (let length = -1; length !== 0;) {
    const head = await readExactly(conn, 4); // Throws if the end comes first.
    length = new DataView(head.buffer).getUint32(0);
    if (length > LONGEST) throw new Error(`A chunk of ${length} bytes`);
    await writeAll(Deno.stdout, await readExactly(conn, length));
  }
}

try {
  await (Deno.args[0] === "send" ? send() : receive());
} catch (error) {
  console.error("Not the whole file:", (error as Error).message);
  Deno.exit(1);
}
