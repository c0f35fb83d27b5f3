import { docsSchema } from "@astrojs/starlight/schema";
import type { Loader } from "astro/loaders";
import { defineCollection } from "astro/content/config";
import { Book, type Chapter, pageOf, type Source, sourceId } from "./book.ts";
import { type Language, LANGUAGES, WORDS } from "./languages.ts";
import { filePathOf } from "./markdown.ts";
import { BASE, REPOSITORY, TUTORIAL } from "./settings.ts";

/** Loads the chapters and the files that they refer to. */
const book: Loader = {
  name: "book",
  async load({ config, store, parseData, renderMarkdown }) {
    store.clear();
    const add = async (id: string, body: string, data: object) => {
      const filePath = filePathOf(id);
      const rendered = await renderMarkdown(body, {
        fileURL: new URL(filePath, config.root),
      });
      const parsed = await parseData({ id, data: { ...data } });
      store.set({ id, data: parsed, body, filePath, rendered });
    };
    const book = new Book();
    await add("404", notFoundText(book), {
      ...sourceData("404"),
      template: "splash",
    });
    for (const language of LANGUAGES) {
      for (const [order, chapter] of book.chapters[language].entries()) {
        await add(chapter.id, chapter.text, chapterData(chapter, order, book));
      }
      for (const [path, source] of book.sources) {
        const body = sourceText(language, path, source);
        await add(sourceId(language, path), body, sourceData(path));
      }
    }
  },
};

function chapterData(chapter: Chapter, order: number, book: Book) {
  const { title, description, path } = chapter;
  return {
    title,
    description,
    editUrl: REPOSITORY === undefined
      ? false
      : `${REPOSITORY}/edit/main/${path}`,
    sidebar: { order },
    ...(order === 0 ? cover(chapter, book) : {}),
  };
}

/** What stands over the contents. */
function cover({ language }: Chapter, book: Book) {
  const words = WORDS[language];
  const chapters = book.chapters[language];
  const first = chapters[1];
  const other = LANGUAGES.find((other) => other !== language);
  const [otherCover] = other === undefined ? [] : book.chapters[other];
  const start = first && { text: words.start, link: pageOf(first.id) };
  const turn = otherCover &&
    { text: words.otherLanguage, link: pageOf(otherCover.id) };
  return {
    description: words.tagline,
    sidebar: { order: 0, label: words.contents },
    tableOfContents: false,
    hero: {
      tagline: words.tagline,
      actions: [
        start && { ...start, icon: "right-arrow", variant: "primary" },
        { text: words.tutorial, link: TUTORIAL, variant: "minimal" },
        turn && { ...turn, variant: "minimal" },
      ].filter((action) => action !== undefined),
    },
  };
}

/** What any address that leads nowhere shows: each language, with its way home. */
function notFoundText(book: Book): string {
  return LANGUAGES.map((language) => {
    const { tag, notFound: { text, home } } = WORDS[language];
    const [contents] = book.chapters[language];
    const link = `[${home}](${contents ? pageOf(contents.id) : BASE})`;
    return `<div lang="${tag}">\n\n${text} ${link}\n\n</div>\n`;
  }).join("\n");
}

/** A file as Markdown, or the list of what is in a folder. */
function sourceText(language: Language, path: string, source: Source) {
  if ("entries" in source) {
    return source.entries.map((name) =>
      `- [${name}](${pageOf(sourceId(language, `${path}/${name}`))})\n`
    ).join("");
  }
  const type = /\.(\w+)$/.exec(path)?.[1] ?? "text";
  const ticks = "`".repeat(8);
  const text = source.lines.join("\n");
  return `${ticks}${type} anchors frame="none"\n${text}\n${ticks}\n`;
}

/** A page beside the book: not in the sidebar, and not found by the search. */
function sourceData(path: string) {
  return {
    title: path,
    editUrl: false,
    pagefind: false,
    prev: false,
    next: false,
    sidebar: { hidden: true },
    tableOfContents: false,
  };
}

export const collections = {
  docs: defineCollection({ loader: book, schema: docsSchema() }),
};
