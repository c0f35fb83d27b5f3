/**
 * Fills the chapters with the programs' lines, the output of the commands, and
 * pictures of what crossed the wire. It also records the recordings that the site plays.
 *
 *     deno task docs
 *     deno task docs --check
 *
 * With `--check` nothing is written. Each change is named, and so is each broken
 * link of the Markdown files; then the exit status is 1.
 *
 * A session that newly fails is an error and is not written: a command with another
 * exit status than the chapter shows, or one that crashes. To show a command that
 * is meant to fail, write `(exit status 1)` below it.
 *
 * The commands are run on Linux only, because some of their output is that of Linux.
 */
import { ChapterError } from "./chapter_error.ts";
import { ChapterText } from "./docs/chapter_text.ts";
import { checkLinks, markdownFiles } from "./docs/check_links.ts";
import { difference } from "./docs/difference.ts";
import { pagesIn } from "./docs/pages.ts";
import { recordingFiles } from "./docs/recording_files.ts";
import { runnable, runSessions, runsOf } from "./docs/runs.ts";

const ROOT = new URL("../../", import.meta.url);
const LANGUAGES = ["en", "zh"] as const;

/** The longest line that is printed, in characters. */
const LONGEST = 200;

async function readChapters(): Promise<ChapterText[]> {
  const pages = LANGUAGES.flatMap((language) => pagesIn(language, ROOT));
  return await Promise.all(pages.map(async (page) => {
    const text = await Deno.readTextFile(new URL(page.path, ROOT));
    return new ChapterText(page, text);
  }));
}

/** Fills the chapters; the errors of sessions that failed. */
async function fill(chapters: ChapterText[]): Promise<ChapterError[]> {
  for (const chapter of chapters) await chapter.fillCode(ROOT);
  const runs = runnable(
    runsOf(chapters),
    (line) => console.warn("%s", shortened(line)),
  );
  return await runSessions(runs, ROOT);
}

/** A text whose lines fit into a log. */
function shortened(text: string): string {
  return text.split("\n").map((line) => {
    const characters = [...line];
    return characters.length <= LONGEST
      ? line
      : `${characters.slice(0, LONGEST - 1).join("")}…`;
  }).join("\n");
}

function report(message: string): void {
  console.error("%s", shortened(`docs.ts: ${message}`));
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

/** Whether everything is up to date in the end. */
async function main(isCheck: boolean): Promise<boolean> {
  const chapters = await readChapters();
  const errors = await fill(chapters);
  const files = new Map(
    chapters.flatMap(({ pictures }) => [...pictures.diagrams]),
  );
  const recordings = chapters.flatMap(({ pictures }) => pictures.recordings);
  const recorded = await recordingFiles(recordings, ROOT, readIfThere, isCheck);
  for (const [path, text] of recorded.files) files.set(path, text);
  for (const chapter of chapters) files.set(chapter.path, chapter.filled());
  let changes = 0;
  for (const [path, text] of files) {
    const change = difference(path, await readIfThere(path), text);
    if (change === null) continue;
    changes++;
    console.log("%s", shortened(change));
    if (!isCheck) await write(path, text);
  }
  for (const line of recorded.outdated) console.log("%s", shortened(line));
  changes += recorded.outdated.length;
  const broken = await checkLinks(markdownFiles(ROOT), ROOT);
  for (const line of broken) console.log("%s", shortened(line));
  if (isCheck && changes > 0) {
    console.error("To write the changes: deno task docs");
  }
  for (const { message } of errors) report(message);
  return broken.length === 0 && errors.length === 0 &&
    !(isCheck && changes > 0);
}

if (import.meta.main) {
  const odd = Deno.args.find((arg) => arg !== "--check");
  if (odd !== undefined) {
    console.error(
      "docs.ts: Unknown argument: %s; the only one is --check",
      odd,
    );
    Deno.exit(2);
  }
  try {
    if (!await main(Deno.args.includes("--check"))) Deno.exit(1);
  } catch (error) {
    if (!(error instanceof ChapterError)) throw error;
    report(error.message);
    Deno.exit(1);
  }
}
