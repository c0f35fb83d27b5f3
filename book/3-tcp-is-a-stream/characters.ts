/**
 * A character that is cut: two chunks decoded each alone, and then as a stream.
 *
 *     deno run book/3-tcp-is-a-stream/characters.ts
 *
 * You see replacement characters in the first line and none in the second.
 */
const bytes = new TextEncoder().encode("小明");
const chunks = [bytes.subarray(0, 4), bytes.subarray(4)];

const each = chunks.map((chunk) => new TextDecoder().decode(chunk));
console.log(each.join(""));

const decoder = new TextDecoder();
const all = chunks.map((chunk) => decoder.decode(chunk, { stream: true }));
console.log(all.join(""));
