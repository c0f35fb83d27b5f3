/**
 * The chapters as a book of web pages that open from disk.
 *
 *     deno task book
 *     deno task book --output DIR
 *
 * It is built from `docs/en` and `docs/zh` into `book/`: open `book/index.html`.
 * A link that leads nowhere, or a chapter that only one language has, is an
 * error, and then the last book stays as it was.
 */
import { parseArgs } from "@std/cli/parse-args";
import { ChapterError } from "./chapter_error.ts";
import { buildBook } from "./book/build_book.ts";
import { writeBook } from "./book/write_book.ts";

const ROOT = new URL("../", import.meta.url);
const HELP = `Usage: deno task book [--output DIR]

Builds the chapters in docs/ into DIR (book): open index.html there.
`;

async function main(args: string[]): Promise<void> {
  const unknown: string[] = [];
  const options = parseArgs(args, {
    string: ["output"],
    boolean: ["help"],
    alias: { help: "h", output: "o" },
    unknown: (argument) => void unknown.push(argument),
  });
  if (options.help) return console.log(HELP);
  const output = String(options.output ?? "book");
  if (unknown.length > 0 || output === "") {
    console.error(`book.ts: Cannot understand: ${unknown[0] ?? "--output"}`);
    Deno.exit(2);
  }
  try {
    const files = await buildBook(ROOT);
    await writeBook(files, output);
    console.log(`Wrote ${files.size} files: open ${output}/index.html`);
  } catch (error) {
    if (!(error instanceof ChapterError)) throw error;
    console.error(`book.ts: ${error.message}`);
    Deno.exit(1);
  }
}

if (import.meta.main) await main(Deno.args);
