import { ChapterError } from "../chapter_error.ts";
import { type Chapter, readChapter } from "./chapter.ts";
import { type Language, LANGUAGES } from "./words.ts";

/**
 * Reads the chapters of all languages.
 *
 * @throws {ChapterError} If a folder is missing, or has not the chapters that the
 * first language has.
 *
 * @param root The folder of the project, ending in a slash.
 * @returns The chapters of each language in their order, contents first.
 */
export async function readChapters(
  root: URL,
): Promise<Record<Language, Chapter[]>> {
  const [first] = LANGUAGES;
  const wanted = await chapterFiles(root, first);
  const chapters: Record<Language, Chapter[]> = { en: [], zh: [] };
  for (const language of LANGUAGES) {
    const files = await chapterFiles(root, language);
    for (const file of new Set([...wanted, ...files])) {
      const missing = !wanted.includes(file) ? first : language;
      if (!wanted.includes(file) || !files.includes(file)) {
        throw new ChapterError(
          `Cannot find the chapter: docs/${missing}/${file}`,
        );
      }
      const url = new URL(`docs/${language}/${encodeURI(file)}`, root);
      const text = await Deno.readTextFile(url);
      chapters[language].push(readChapter(language, file, text));
    }
  }
  return chapters;
}

/** The names of the chapters' files, `README.md` first. */
async function chapterFiles(root: URL, language: Language): Promise<string[]> {
  const folder = new URL(`docs/${language}/`, root);
  try {
    const names = await Array.fromAsync(Deno.readDir(folder), (e) => e.name);
    const chapters = names.filter((name) => /^\d.*\.md$/.test(name));
    chapters.sort((a, b) => parseInt(a) - parseInt(b));
    return ["README.md", ...chapters];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new ChapterError(`Cannot find the chapters: docs/${language}`);
  }
}
