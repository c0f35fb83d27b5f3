/**
 * A parser of command lines guesses.
 *
 *     deno run book/6-from-a-lesson-to-a-server/guesses.ts --timeout -1
 *
 * You see what became of the -1.
 */
import { parseArgs } from "@std/cli/parse-args";

console.log(parseArgs(Deno.args, { string: ["timeout"] }));
