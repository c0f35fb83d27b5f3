import { assert, assertEquals } from "@std/assert";
import { ROOT } from "./support.ts";

/** The folders of the chapters about the languages and about TCP. */
const FOLDERS = /^[0-3]-/;

/** The most lines of an example: it is read as a whole. */
const LONGEST = 30;

/** The programs in a folder. */
async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) yield* filesIn(`${path}/`);
    else if (/\.(?:ts|py)$/.test(path)) yield path;
  }
}

for await (const folder of Deno.readDir(new URL("book/", ROOT))) {
  if (!FOLDERS.test(folder.name)) continue;
  for await (const path of filesIn(`book/${folder.name}/`)) {
    Deno.test(`${path} is short, and its header says how to run it`, async () => {
      const text = await Deno.readTextFile(new URL(path, ROOT));
      const lines = text.trimEnd().split("\n");
      assert(lines.length <= LONGEST, `${lines.length} lines`);
      const command = lines.find((line) => line.includes(path)) ?? "";
      const runs = /^(?: \*)? {4,5}(?:deno run|python3) /;
      assert(runs.test(command), `No line that runs it: ${command}`);
      const usesNetwork = /Deno\.(?:listen|connect)/.test(text);
      if (path.endsWith(".ts")) {
        assertEquals(/ "?--allow-net=/.test(command), usesNetwork);
      }
    });
  }
}
