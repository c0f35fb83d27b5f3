/**
 * Answer: prints how many characters and bytes each name has.
 *
 *     deno run book/0-from-python-to-typescript/answers/count.ts Zoë 小明 👍
 *
 * You see that `length` counts an emoji as 2: JavaScript's text is UTF-16.
 */
const encoder = new TextEncoder();
for (const name of Deno.args) {
  const characters = [...name].length; // [...] takes whole characters
  const bytes = encoder.encode(name).length;
  console.log(`${name}: ${name.length}, ${characters}, ${bytes} bytes`);
}
