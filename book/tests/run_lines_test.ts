import { assert, assertEquals } from "@std/assert";
import { ROOT, runLine } from "./support.ts";

/** The folders of the chapters about UDP and about servers. */
const FOLDERS = [
  "book/4-udp-client/",
  "book/5-udp-server/",
  "book/6-from-a-lesson-to-a-server/",
];

/** The most lines of an experiment: it is read as a whole. */
const LONGEST = 30;

for (const folder of FOLDERS) {
  for (const inner of ["", "answers/"]) {
    const path = `${folder}${inner}`;
    for (
      const { name } of Deno.readDirSync(new URL(path, ROOT))
    ) {
      if (!name.endsWith(".ts")) continue;
      Deno.test(`${path}${name} says how to run it`, async () => {
        const line = await runLine(path + name);
        const words = line.split(" ");
        assert(words.includes(path + name), line);
        // No permission is without a list, but the one to send itself a signal.
        const allowed = words.filter((word) => word.startsWith("--allow"));
        const all = allowed.filter((word) => !word.includes("="));
        assertEquals(all.filter((word) => word !== "--allow-run"), []);
        if (inner !== "") return;
        const url = new URL(path + name, ROOT);
        const lines = (await Deno.readTextFile(url)).trimEnd().split("\n");
        assert(lines.length <= LONGEST, `${lines.length} lines`);
      });
    }
  }
}
