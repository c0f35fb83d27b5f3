/**
 * A parser of command lines guesses.
 *
 *     deno run book/6-from-a-lesson-to-a-server/guesses.ts --timeout -1
 *
 * You see its guess, and then the error of a strict parser.
 */
import { parseArgs } from "@std/cli/parse-args";

console.log(parseArgs(Deno.args, { string: ["timeout"] }));

const { timeout } = parseArgs(Deno.args, { string: ["timeout"], unknown });
const seconds = Number(timeout);
if (!timeout || !(seconds > 0)) exit(`--timeout needs a number above 0`);
console.log(`It takes at most ${seconds} s`);

function unknown(arg: string): void {
  exit(`Unknown option ${arg}`);
}

function exit(message: string): never {
  console.error(message);
  Deno.exit(2);
}
