import type { Token } from "markdown-it";
import { type Chapter, markdown, plainText } from "./chapter.ts";
import { belongTogether, figures } from "./figures.ts";
import { resolveLinks, type Targets } from "./links.ts";
import { WORDS } from "./words.ts";

/**
 * The text of a chapter as HTML, without its title: links lead to what they
 * become, code is highlighted, pairs stand together, tables and pictures have
 * what they need.
 *
 * @throws {ChapterError} If a link leads nowhere.
 *
 * @param chapter The chapter; its tokens change.
 * @param targets What its links may lead to.
 * @returns HTML.
 */
export async function renderChapter(
  chapter: Chapter,
  targets: Targets,
): Promise<string> {
  await resolveLinks(chapter, targets);
  const say = WORDS[chapter.language];
  const rendered: Token[] = [];
  for (let at = afterTitle(chapter.tokens); at < chapter.tokens.length;) {
    const group = groupAt(chapter.tokens, at);
    const [token] = group;
    if (token === undefined) break;
    if (token.type === "fence") {
      token.content = await figures(group, chapter, targets);
      token.type = "html_block";
    }
    if (token.type === "table_open") nameTable(token, chapter.tokens.slice(at));
    rendered.push(isPicture(group) ? asPicture(group, say.picture) : token);
    at += group.length;
  }
  return markdown.renderer.render(rendered, markdown.options, {});
}

/** The page says the title in its own way. */
function afterTitle(tokens: Token[]): number {
  const end = tokens.findIndex(({ type, tag }) =>
    type === "heading_close" && tag === "h1"
  );
  return end + 1;
}

/** The tokens from a place on that become one thing: one in most cases. */
function groupAt(tokens: Token[], at: number): Token[] {
  if (isPicture(tokens.slice(at, at + 3))) return tokens.slice(at, at + 3);
  let end = at + 1;
  while (belongTogether(tokens[end - 1], tokens[end])) end++;
  return tokens.slice(at, end);
}

/** A table that scrolls needs a name: what its columns are called. */
function nameTable(table: Token, from: Token[]): void {
  const head = from.slice(0, from.findIndex((t) => t.type === "thead_close"));
  const names = head.map((token) => plainText(token));
  table.meta = { label: names.filter((name) => name !== "").join(", ") };
}

/** A paragraph that is a picture and nothing else. */
function isPicture([open, inline]: Token[]): boolean {
  const [image, ...others] = inline?.children ?? [];
  return open?.type === "paragraph_open" && image?.type === "image" &&
    others.length === 0;
}

/** On a phone it scrolls rather than become too small to read. */
function asPicture([open, inline]: Token[], label: string): Token {
  const image = markdown.renderer.render(
    inline === undefined ? [] : [inline],
    markdown.options,
    {},
  );
  if (open === undefined) throw new TypeError("A picture needs a paragraph");
  open.type = "html_block";
  open.content =
    `<figure class="picture"><div tabindex="0" role="group" aria-label="${label}">${image}</div></figure>\n`;
  return open;
}
