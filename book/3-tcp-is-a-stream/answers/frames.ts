/**
 * Answer: frames with four bytes of length, and a limit on both sides.
 *
 *     deno run book/3-tcp-is-a-stream/answers/frames.ts
 *
 * You see the frame's bytes, and the error for a length above the limit.
 */
const LIMIT = 1_000_000;

function frame(data: Uint8Array): Uint8Array {
  if (data.length > LIMIT) throw new RangeError(`Too long: ${data.length}`);
  const bytes = new Uint8Array(4 + data.length);
  new DataView(bytes.buffer).setUint32(0, data.length);
  bytes.set(data, 4);
  return bytes;
}

function lengthOf(head: Uint8Array): number {
  const length = new DataView(head.buffer, head.byteOffset).getUint32(0);
  if (length > LIMIT) throw new RangeError(`Announces too much: ${length}`);
  return length; // only now is it safe to make room for the data
}

console.log(frame(new TextEncoder().encode("小明")).toHex());
try {
  lengthOf(new Uint8Array(4).fill(255));
} catch (error) {
  console.log((error as Error).message);
}
