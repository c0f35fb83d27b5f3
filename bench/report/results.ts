import { fileURLToPath } from "node:url";
import { run } from "../load/run.ts";

const BEGIN = "<!-- measured: what follows is written by deno task bench -->";
const END = "<!-- end of what was measured -->";

/**
 * Puts new figures into RESULTS.md. What a person has written around them stays.
 *
 * @throws {Error} If the file lacks the marks between which the figures stand.
 */
export async function replaceMeasured(file: URL, text: string): Promise<void> {
  const old = await Deno.readTextFile(file);
  const [begin, end] = [old.indexOf(BEGIN), old.indexOf(END)];
  if (begin < 0 || end < begin) {
    throw new Error(`Cannot find "${BEGIN}" and "${END}" in ${file}`);
  }
  const [before, after] = [old.slice(0, begin + BEGIN.length), old.slice(end)];
  await Deno.writeTextFile(file, `${before}\n\n${text}\n${after}`);
  await run([Deno.execPath(), "fmt", "--quiet", fileURLToPath(file)]);
}
