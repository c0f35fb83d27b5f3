import type { Chapter } from "./chapter.ts";
import { escapeHtml } from "../escape_html.ts";
import { renderPage } from "./page.ts";
import { relativeLink } from "./relative_link.ts";
import { WORDS } from "./words.ts";

/**
 * The page of a chapter: its number and title, what is in it, its text, and the
 * way to its neighbours.
 *
 * @param chapter The chapter.
 * @param chapters The chapters of its language in their order, contents first.
 * @param text Its text as HTML.
 * @returns A whole HTML file.
 */
export function chapterPage(
  chapter: Chapter,
  chapters: Chapter[],
  text: string,
): string {
  const words = WORDS[chapter.language];
  const book = chapters[0]?.title ?? "";
  const isContents = chapter.number === undefined;
  const title = escapeHtml(chapter.title);
  const number = isContents
    ? ""
    : `<span class="number">${words.chapter(chapter.number ?? "")}</span> `;
  const [id = ""] = chapter.headings.map((heading) => heading.id);
  return renderPage({
    language: chapter.language,
    name: chapter.page.slice(chapter.language.length + 1),
    title: isContents
      ? chapter.title
      : `${chapter.number}. ${chapter.title} – ${book}`,
    book,
    kind: isContents ? "contents" : "chapter",
    main: `<h1 id="${id}">${number}${title}</h1>
${isContents ? "" : parts(chapter)}${text}`,
    after: neighbours(chapter, chapters),
  });
}

function parts({ headings, language }: Chapter): string {
  const links = headings.filter(({ level }) => level === 2).map(
    ({ id, text }) =>
      `<li><a href="#${encodeURI(id)}">${escapeHtml(text)}</a></li>\n`,
  );
  if (links.length === 0) return "";
  const name = WORDS[language].inThisChapter;
  return `<nav class="parts" aria-label="${name}">
<p>${name}</p>
<ul>
${links.join("")}</ul>
</nav>
`;
}

function neighbours(chapter: Chapter, chapters: Chapter[]): string {
  const words = WORDS[chapter.language];
  const at = chapters.indexOf(chapter);
  const link = (other: Chapter | undefined, rel: string, name: string) => {
    if (other === undefined) return "";
    const number = other.number === undefined ? "" : `${other.number}. `;
    const href = relativeLink(chapter.page, other.page);
    return `<a rel="${rel}" href="${href}"><span>${name}</span> ${number}${
      escapeHtml(other.title)
    }</a>\n`;
  };
  return `<nav class="turn" aria-label="${words.chapters}">
${link(chapters[at - 1], "prev", words.previous)}${
    link(chapters[at + 1], "next", words.next)
  }</nav>
`;
}
