/**
 * A name that is not text does not survive decoding and encoding.
 *
 *     deno run book/6-from-a-lesson-to-a-server/no_text.ts
 *
 * You see the last bytes of two greetings: 53 ff 21 would be right.
 */
import { greeting } from "../../lib/greeting.ts";

const name = new Uint8Array([0x53, 0xff]); // S, and a byte that is not UTF-8.

const text = `Hello, ${new TextDecoder().decode(name)}!`;
console.log("decoded:", new TextEncoder().encode(text).toHex());
console.log("as bytes:", greeting(name).toHex());
