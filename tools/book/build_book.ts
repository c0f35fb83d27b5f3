import { chapterPage } from "./chapter_page.ts";
import { coverPage } from "./cover_page.ts";
import type { Targets } from "./links.ts";
import { readChapters } from "./read_chapters.ts";
import { renderChapter } from "./render_chapter.ts";
import { sourcePage } from "./source_page.ts";
import { Sources } from "./sources.ts";
import { LANGUAGES } from "./words.ts";

/** The files of a book by their paths in it. */
export type BookFiles = Map<string, string | Uint8Array<ArrayBuffer>>;

/**
 * Builds the book from the chapters in `docs/` and whatever they refer to.
 *
 * Nothing is written, so a chapter with a mistake leaves the last book as it is;
 * and nothing but the files of the project goes in, so the same files come out
 * each time.
 *
 * @throws {ChapterError} If a chapter is missing or a link leads nowhere.
 *
 * @param root The folder of the project, ending in a slash.
 * @returns Every file of the book.
 */
export async function buildBook(root: URL): Promise<BookFiles> {
  const chapters = await readChapters(root);
  const all = LANGUAGES.flatMap((language) => chapters[language]);
  const targets: Targets = {
    root,
    chapters: new Map(all.map((chapter) => [chapter.path, chapter])),
    sources: new Sources(root),
    pictures: new Map(),
  };
  const files: BookFiles = new Map();
  files.set("index.html", coverPage(chapters));
  const css = new URL("book.css", import.meta.url);
  files.set("book.css", await Deno.readTextFile(css));
  for (const chapter of all) {
    const text = await renderChapter(chapter, targets);
    const page = chapterPage(chapter, chapters[chapter.language], text);
    files.set(chapter.page, page);
  }
  for (const source of targets.sources.all()) {
    for (const language of LANGUAGES) {
      const page = Sources.page(language, source.path);
      const book = chapters[language][0]?.title ?? "";
      files.set(page, sourcePage(source, language, book));
    }
  }
  for (const [page, picture] of targets.pictures) files.set(page, picture);
  return files;
}
