/**
 * Splits a command into its words, as a shell does: at blanks, but not within quotes.
 *
 * @throws {SyntaxError} If it needs more of a shell than that, as `|` or `$x`, or if
 * a quote is not closed.
 *
 * @param command The command, which may go over several lines.
 * @returns Its words, without the quotes.
 *
 * @example
 * ```ts
 * import { commandWords } from "./command_words.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(commandWords("deno eval 'f(\"a b\")\ng()' \"\""), [
 *   "deno",
 *   "eval",
 *   'f("a b")\ng()',
 *   "",
 * ]);
 * ```
 */
export function commandWords(command: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  const piece =
    /'([^']*)'|"([^"$`\\]*)"|([^\s'"$`\\|&;<>()*?~#]+)|(\s+)|([^])/g;
  for (
    const [, single, double, plain, blank, other] of command.matchAll(piece)
  ) {
    if (other !== undefined) {
      throw new SyntaxError(`${other} needs a shell: ${command}`);
    }
    if (blank !== undefined) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? "") + (single ?? double ?? plain);
  }
  if (word !== null) words.push(word);
  return words;
}
