/**
 * Fills the chapters with what is really so: the programs' lines, what the
 * commands print, and pictures of what has crossed the wire.
 *
 *     deno task docs
 *     deno task docs --check
 *
 * With `--check` nothing is written; what would change is named, and so is each
 * link of the chapters and READMEs that leads nowhere. Then the exit status is 1.
 * The commands are run on Linux only, as what they print is Linux's in places.
 */
import { ChapterError } from "./chapter_error.ts";
import { ChapterText } from "./docs/chapter_text.ts";
import { checkLinks } from "./docs/check_links.ts";
import { difference } from "./docs/difference.ts";
import { perform, runnable, runsOf } from "./docs/runs.ts";

const ROOT = new URL("../", import.meta.url);
const FOLDERS = ["docs/en/", "docs/zh/"];
const READMES = ["README.md", "README.zh-CN.md"];

async function readChapters(): Promise<ChapterText[]> {
  const chapters: ChapterText[] = [];
  for (const folder of FOLDERS) {
    const entries = await Array.fromAsync(Deno.readDir(new URL(folder, ROOT)));
    const names = entries.map(({ name }) => name).filter((name) =>
      name.endsWith(".md")
    );
    for (const name of names.sort()) {
      const path = folder + name;
      const text = await Deno.readTextFile(new URL(path, ROOT));
      chapters.push(new ChapterText(path, text));
    }
  }
  return chapters;
}

/** Everything that the tool writes, as it must be, by its path. */
async function filesOf(chapters: ChapterText[]): Promise<Map<string, string>> {
  for (const chapter of chapters) await chapter.fillCode(ROOT);
  const runs = runnable(runsOf(chapters), (line) => console.warn("%s", line));
  const files = await perform(runs, ROOT, readIfThere);
  for (const chapter of chapters) files.set(chapter.path, chapter.filled());
  return files;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(new URL(path, ROOT));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function write(path: string, text: string): Promise<void> {
  const url = new URL(path, ROOT);
  await Deno.mkdir(new URL(".", url), { recursive: true });
  await Deno.writeTextFile(url, text);
}

/** Whether everything is as it must be, in the end. */
async function main(isCheck: boolean): Promise<boolean> {
  const chapters = await readChapters();
  let changes = 0;
  for (const [path, text] of await filesOf(chapters)) {
    const change = difference(path, await readIfThere(path), text);
    if (change === null) continue;
    changes++;
    console.log("%s", change);
    if (!isCheck) await write(path, text);
  }
  const paths = [...READMES, ...chapters.map(({ path }) => path)];
  const broken = await checkLinks(paths, ROOT);
  for (const line of broken) console.log("%s", line);
  if (isCheck && changes > 0) {
    console.error("To write them anew: deno task docs");
  }
  return broken.length === 0 && !(isCheck && changes > 0);
}

if (import.meta.main) {
  const odd = Deno.args.find((arg) => arg !== "--check");
  if (odd !== undefined) {
    console.error("docs.ts: Cannot understand: %s; there is --check", odd);
    Deno.exit(2);
  }
  try {
    if (!await main(Deno.args.includes("--check"))) Deno.exit(1);
  } catch (error) {
    if (!(error instanceof ChapterError)) throw error;
    console.error("docs.ts: %s", error.message);
    Deno.exit(1);
  }
}
