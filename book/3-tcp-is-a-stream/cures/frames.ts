/**
 * Frames: four bytes with the length, then the message. Both sides check a limit.
 *
 *     deno run --allow-net=127.0.0.1 book/3-tcp-is-a-stream/cures/frames.ts
 *
 * You see two names that were read, and the error for a length above the limit.
 */
const LIMIT = 1_000_000;

async function writeFrame(conn: Deno.TcpConn, data: Uint8Array): Promise<void> {
  if (data.length > LIMIT) throw new RangeError(`Too long: ${data.length}`);
  const frame = new Uint8Array(4 + data.length);
  new DataView(frame.buffer).setUint32(0, data.length); // big-endian
  frame.set(data, 4);
  for (let n = 0; n < frame.length;) n += await conn.write(frame.subarray(n));
}

async function readExactly(conn: Deno.TcpConn, size: number) {
  const bytes = new Uint8Array(size);
  for (let filled = 0; filled < size;) {
    const n = await conn.read(bytes.subarray(filled));
    if (n === null) throw new Error(`The end came after ${filled} bytes`);
    filled += n;
  }
  return bytes;
}

async function readFrame(conn: Deno.TcpConn): Promise<Uint8Array> {
  const head = await readExactly(conn, 4);
  const length = new DataView(head.buffer).getUint32(0);
  if (length > LIMIT) throw new RangeError(`Announces too much: ${length}`);
  return await readExactly(conn, length); // only now is it safe to allocate
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const client = await Deno.connect({ port: listener.addr.port });
const server = await listener.accept();
for (const name of ["Michael", "小明"]) {
  await writeFrame(client, new TextEncoder().encode(name));
}
await client.write(new Uint8Array(4).fill(255)); // a length, and no writeFrame
try {
  while (true) console.log(new TextDecoder().decode(await readFrame(server)));
} catch (error) {
  console.log((error as Error).message);
}
for (const end of [client, server, listener]) end.close();
