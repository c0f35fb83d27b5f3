import MarkdownIt, { type Token } from "markdown-it";
import { ChapterError } from "../chapter_error.ts";
import { Slugger } from "./slugger.ts";
import type { Language } from "./words.ts";

/** A heading that can be linked to. */
export interface Heading {
  /** 1 for the chapter's title, 2 for its parts. */
  level: number;
  /** Its text, without markup. */
  text: string;
  /** Its anchor. */
  id: string;
}

/** A chapter, read and not yet rendered. */
export interface Chapter {
  /** Its language. */
  language: Language;
  /** Its file, as a path from the root of the project. */
  path: string;
  /** Its page, as a path from the root of the book. */
  page: string;
  /** Its number; the contents page has none. */
  number: string | undefined;
  /** Its title, without the number. */
  title: string;
  /** Its headings, the title among them. */
  headings: Heading[];
  /** What it is made of. */
  tokens: Token[];
}

/** How long code in a line of text may be to be kept in one piece. */
const UNBROKEN = 24;

/**
 * Reads and renders Markdown. HTML in it is the project's own; straight quotes
 * become round ones, and nothing else of the text is changed.
 */
export const markdown = new MarkdownIt({ html: true, typographer: true });
markdown.disable("replacements");

// A wide table scrolls, in a block that is as wide as the text: what scrolls
// would by itself evade the links in the margin.
markdown.renderer.rules.table_open = (tokens, index) => {
  const label = markdown.utils.escapeHtml(String(tokens[index]?.meta?.label));
  return `<div class="table">
<div tabindex="0" role="group" aria-label="${label}">
<table>
`;
};
markdown.renderer.rules.table_close = () => "</table>\n</div>\n</div>\n";

// A word of code is not broken at its hyphens: `-n` is no `-` and `n`.
markdown.renderer.rules.code_inline = (tokens, index) => {
  const text = tokens[index]?.content ?? "";
  const kind = text.length <= UNBROKEN ? ' class="word"' : "";
  return `<code${kind}>${markdown.utils.escapeHtml(text)}</code>`;
};

/**
 * Reads a chapter. `README.md` is the contents page, as GitHub shows it for its
 * folder.
 *
 * @throws {ChapterError} If it has no title.
 *
 * @param language Its language.
 * @param file The name of its file.
 * @param text What the file holds.
 * @returns The chapter, its headings with their anchors.
 *
 * @example
 * ```ts
 * import { readChapter } from "./chapter.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const chapter = readChapter("en", "2-b.md", "# 2. The `b`\n\n## And c");
 * assertEquals([chapter.number, chapter.title], ["2", "The b"]);
 * assertEquals(chapter.page, "en/2-b.html");
 * assertEquals(chapter.headings[1], { level: 2, text: "And c", id: "and-c" });
 * ```
 */
export function readChapter(
  language: Language,
  file: string,
  text: string,
): Chapter {
  const path = `docs/${language}/${file}`;
  const name = file === "README.md" ? "index" : file.replace(/\.md$/, "");
  const tokens = markdown.parse(text, {});
  const headings = nameHeadings(tokens);
  const title = headings.find(({ level }) => level === 1)?.text;
  if (title === undefined) throw new ChapterError("Cannot find a title", path);
  return {
    language,
    path,
    page: `${language}/${name}.html`,
    number: /^\d+/.exec(file)?.[0],
    title: title.replace(/^\d+[.、]\s*/, ""),
    headings,
    tokens,
  };
}

/**
 * Gives each heading its anchor.
 *
 * @param tokens What a page is made of; its headings change.
 * @returns The headings in their order.
 */
export function nameHeadings(tokens: Token[]): Heading[] {
  const slugger = new Slugger();
  const headings: Heading[] = [];
  for (const [i, token] of tokens.entries()) {
    if (token.type !== "heading_open") continue;
    const text = plainText(tokens[i + 1]);
    const id = slugger.slug(text);
    token.attrSet("id", id);
    headings.push({ level: Number(token.tag.slice(1)), text, id });
  }
  return headings;
}

/**
 * What an inline token says, without its markup.
 *
 * @param token A token with children; any other says nothing.
 * @returns Its text.
 */
export function plainText(token: Token | undefined): string {
  return (token?.children ?? []).map((child) =>
    child.type === "softbreak" ? " " : child.content
  ).join("");
}
