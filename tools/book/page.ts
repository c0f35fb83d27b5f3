import { escapeHtml } from "../escape_html.ts";
import { relativeLink } from "./relative_link.ts";
import { type Language, LANGUAGES, WORDS } from "./words.ts";

/** What a page consists of. */
export interface Page {
  /** Its language. */
  language: Language;
  /** Its path in its language's folder: the same in every language. */
  name: string;
  /** What the browser calls it. */
  title: string;
  /** What the book is called: the link to its contents. */
  book: string;
  /** The kind of page, for the style sheet. */
  kind: "chapter" | "source" | "contents";
  /** The text, as HTML. */
  main: string;
  /** What follows the text, as HTML. */
  after?: string;
}

/**
 * The frame that all pages have: the way to the contents at the left, the same
 * page in the other language at the right, and the text.
 *
 * @param page What is in it.
 * @returns A whole HTML file.
 */
export function renderPage(page: Page): string {
  const here = `${page.language}/${page.name}`;
  const words = WORDS[page.language];
  const to = (path: string) => relativeLink(here, path);
  const alternates = LANGUAGES.map((language) =>
    `<link rel="alternate" hreflang="${WORDS[language].tag}" href="${
      to(`${language}/${page.name}`)
    }">\n`
  );
  const others = LANGUAGES.filter((language) => language !== page.language).map(
    (language) => {
      const { tag, name } = WORDS[language];
      const href = to(`${language}/${page.name}`);
      return `<a href="${href}" lang="${tag}" hreflang="${tag}">${name}</a>`;
    },
  );
  return `<!doctype html>
<html lang="${words.tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(page.title)}</title>
${alternates.join("")}<link rel="icon" href="data:,">
<link rel="stylesheet" href="${to("book.css")}">
</head>
<body class="${page.kind}">
<a class="skip" href="#text">${words.skip}</a>
<header>
<a href="${to(`${page.language}/index.html`)}">${escapeHtml(page.book)}</a>
<nav aria-label="${words.language}">${others.join(" ")}</nav>
</header>
<main id="text">
${page.main}</main>
${page.after ?? ""}</body>
</html>
`;
}
