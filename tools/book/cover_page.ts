import type { Chapter } from "./chapter.ts";
import { escapeHtml } from "../escape_html.ts";
import { type Language, LANGUAGES, WORDS } from "./words.ts";

/**
 * The first page: the chapters in each language, side by side.
 *
 * @param chapters The chapters of each language in their order, contents first.
 * @returns A whole HTML file.
 */
export function coverPage(chapters: Record<Language, Chapter[]>): string {
  const [first] = LANGUAGES;
  return `<!doctype html>
<html lang="${WORDS[first].tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(chapters[first][0]?.title ?? "")}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="book.css">
</head>
<body class="cover">
<main>
${
    LANGUAGES.map((language, i) => column(language, chapters[language], i))
      .join("")
  }</main>
</body>
</html>
`;
}

/** The book in one language; only the first title is the page's own. */
function column(language: Language, chapters: Chapter[], index: number) {
  const { tag, name } = WORDS[language];
  const [contents, ...others] = chapters;
  const heading = index === 0 ? "h1" : "h2";
  const links = others.map(({ page, title }) =>
    `<li><a href="${encodeURI(page)}" hreflang="${tag}">${
      escapeHtml(title)
    }</a></li>\n`
  );
  return `<section lang="${tag}">
<p>${name}</p>
<${heading}><a href="${encodeURI(contents?.page ?? "")}" hreflang="${tag}">${
    escapeHtml(contents?.title ?? "")
  }</a></${heading}>
<ol>
${links.join("")}</ol>
</section>
`;
}
