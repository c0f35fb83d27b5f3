import type { Chapter } from "./chapter.ts";
import { escapeHtml } from "../escape_html.ts";
import { highlight } from "./highlight.ts";
import { renderPage } from "./page.ts";
import { relativeLink } from "./relative_link.ts";
import { type Source, Sources } from "./sources.ts";
import { type Language, WORDS } from "./words.ts";

/**
 * The page of a file of the project, each line with an anchor as on GitHub
 * (`#L7`), or of a folder; and the way back to the chapters that refer to it.
 *
 * @param source The file or folder.
 * @param language The language of the page.
 * @param book What the book is called in that language.
 * @returns A whole HTML file.
 */
export function sourcePage(
  source: Source,
  language: Language,
  book: string,
): string {
  const here = Sources.page(language, source.path);
  return renderPage({
    language,
    name: here.slice(language.length + 1),
    title: `${source.path} – ${book}`,
    book,
    kind: "source",
    main: `<h1>${escapeHtml(source.path).replaceAll("/", "/<wbr>")}</h1>
${back(source, language, here)}${
      source.lines === undefined
        ? folder(source, language, here)
        : file(source.path, source.lines)
    }`,
  });
}

function back(source: Source, language: Language, here: string): string {
  const chapters = [...source.chapters].filter((c) => c.language === language);
  if (chapters.length === 0) return "";
  const name = WORDS[language].referredToIn;
  const link = ({ number, title, page }: Chapter) =>
    `<li><a href="${relativeLink(here, page)}">${
      number === undefined ? "" : `${number}. `
    }${escapeHtml(title)}</a></li>\n`;
  return `<nav class="back" aria-label="${name}">
<p>${name}</p>
<ul>
${chapters.map(link).join("")}</ul>
</nav>
`;
}

function file(path: string, lines: string[]): string {
  const ending = path.slice(path.lastIndexOf(".") + 1);
  const html = highlight(lines.join("\n"), ending).map((line, i) =>
    `<span class="line" id="L${i + 1}">${line}</span>`
  );
  return `<pre class="file" tabindex="0" role="group" aria-label="${
    escapeHtml(path)
  }"><code>${html.join("\n")}</code></pre>
`;
}

function folder(source: Source, language: Language, here: string): string {
  const links = source.entries.map((path) => {
    const href = relativeLink(here, Sources.page(language, path));
    return `<li><a href="${href}">${escapeHtml(path)}</a></li>\n`;
  });
  return `<ul class="folder">\n${links.join("")}</ul>\n`;
}
