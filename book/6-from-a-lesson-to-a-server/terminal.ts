/**
 * Text from a peer may contain commands for your terminal.
 *
 *     deno run book/6-from-a-lesson-to-a-server/terminal.ts
 *
 * You see them spelled out. Print the name itself, and your screen is cleared.
 */
const name = "\x1b[2J\x1b[HYou have won!\r\u202e";
console.log(`Hello, ${printable(name)}!`);

function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, // Control and format characters.
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
