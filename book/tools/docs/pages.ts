import type { Language } from "../draw/words.ts";

/** Where the book is, as a path from the root of the project. */
const BOOK = "book/";

const CONTENTS = { en: "README.md", zh: "README.zh-CN.md" };

/** A page of the book in one language. */
export interface PageFile {
  /** The name of its folder, the same in all languages; empty for the contents. */
  name: string;
  language: Language;
  /** Its file, as a path from the root of the project. */
  path: string;
}

/**
 * The pages of the book: the contents, then each folder with a file `en.md` or `zh.md`,
 * by number; those without a number come last.
 *
 * @param language The language of the pages.
 * @param root The folder of the project, ending in a slash.
 */
export function pagesIn(language: Language, root: URL): PageFile[] {
  const names = Array.from(Deno.readDirSync(new URL(BOOK, root)))
    .filter(({ isDirectory }) => isDirectory).map(({ name }) => name)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const pages = names.flatMap((name) => {
    const files = Array.from(
      Deno.readDirSync(new URL(`${BOOK}${name}/`, root)),
    );
    const file = files.find((file) => file.name === `${language}.md`);
    if (file === undefined) return [];
    return [{ name, language, path: `${BOOK}${name}/${file.name}` }];
  });
  const contents = { name: "", language, path: BOOK + CONTENTS[language] };
  return [contents, ...pages];
}

/** The folder of a page, as a path from the root of the project. */
export function folderOf({ path }: PageFile): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
