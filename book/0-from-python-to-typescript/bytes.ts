/**
 * Text and bytes: a name as the bytes that a socket carries.
 *
 *     deno run book/0-from-python-to-typescript/bytes.ts
 *
 * You see that two characters are six bytes, and that a view shares them.
 */
const name = "小明";
const bytes = new TextEncoder().encode(name); // name.encode("utf-8")
console.log(`${name}: ${name.length} characters, ${bytes.length} bytes`);
console.log(bytes);

const view = bytes.subarray(0, 3); // bytes[0:3], but nothing is copied
console.log(new TextDecoder().decode(view)); // view.decode("utf-8")

const copy = bytes.slice(0, 3); // bytes[0:3]
bytes.fill(0x2e); // 0x2e is a dot
console.log(new TextDecoder().decode(view), new TextDecoder().decode(copy));
