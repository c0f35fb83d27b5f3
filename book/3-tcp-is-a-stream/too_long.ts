/**
 * A length that does not fit: what becomes of 300 and 70,000 in one and two bytes.
 *
 *     deno run book/3-tcp-is-a-stream/too_long.ts
 *
 * You see 44 and 4464: JavaScript cuts the number without a word.
 */
console.log(new Uint8Array([300])[0]);
const head = new DataView(new ArrayBuffer(2));
head.setUint16(0, 70_000);
console.log(head.getUint16(0));
