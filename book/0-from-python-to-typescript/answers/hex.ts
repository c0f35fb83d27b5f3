/**
 * Answer: prints the bytes of a name in hexadecimal, as `bytes.hex(" ")` does.
 *
 *     deno run book/0-from-python-to-typescript/answers/hex.ts 小明
 *
 * You see the same digits as in a trace: e5 b0 8f e6 98 8e.
 */
const [name = "Michael"] = Deno.args; // the first argument, or else this
const bytes = new TextEncoder().encode(name);
const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
console.log(hex.join(" "));
