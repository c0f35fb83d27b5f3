/**
 * Byte order: the same number, most significant byte first and last.
 *
 *     deno run book/3-tcp-is-a-stream/byte_order.ts
 *
 * You see 0102 and 0201, and what becomes of 258 if the two sides disagree.
 */
const bytes = new Uint8Array(2);
const view = new DataView(bytes.buffer);
view.setUint16(0, 258); // big-endian, the default: network byte order
console.log(bytes.toHex());
view.setUint16(0, 258, true); // true: little-endian, as in most processors
console.log(bytes.toHex(), "read the other way:", view.getUint16(0));
