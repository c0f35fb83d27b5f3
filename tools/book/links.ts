import type { Token } from "markdown-it";
import { ChapterError } from "../chapter_error.ts";
import type { Chapter } from "./chapter.ts";
import { relativeLink } from "./relative_link.ts";
import { Sources } from "./sources.ts";
import { LANGUAGES, WORDS } from "./words.ts";

/** What the links of the chapters may lead to. */
export interface Targets {
  /** The folder of the project, ending in a slash. */
  root: URL;
  /** Every chapter, by the path of its file. */
  chapters: Map<string, Chapter>;
  /** The pages of source. */
  sources: Sources;
  /** The pictures, by their path in the book. */
  pictures: Map<string, Uint8Array<ArrayBuffer>>;
}

/**
 * Makes the links and pictures of a chapter lead to what they become in the
 * book, and fails where there is nothing.
 *
 * Links to the web stay; nobody is asked whether they still lead somewhere, for
 * the book is built without a network.
 *
 * @throws {ChapterError} If a link leads nowhere.
 *
 * @param chapter The chapter; its tokens change.
 * @param targets What there is; sources and pictures are added.
 */
export async function resolveLinks(
  chapter: Chapter,
  targets: Targets,
): Promise<void> {
  let line = 1;
  for (const token of chapter.tokens) {
    // A table's cells have no place of their own, its rows have.
    line = token.map === null ? line : token.map[0] + 1;
    let below = 0;
    for (const child of token.children ?? []) {
      if (/^(?:soft|hard)break$/.test(child.type)) below++;
      await resolve(child, line + below, chapter, targets);
    }
  }
}

async function resolve(
  token: Token,
  line: number,
  chapter: Chapter,
  targets: Targets,
): Promise<void> {
  const name = token.type === "image" ? "src" : "href";
  const value = token.attrGet(name);
  if (typeof value !== "string" || /^[a-z][a-z0-9+.-]*:/i.test(value)) return;
  // As a URL is resolved, with the project as its root.
  const url = new URL(value, `file:///${chapter.path}`);
  const path = decodeURIComponent(url.pathname).replace(/^\/|\/$/g, "");
  const anchor = decodeURIComponent(url.hash.slice(1));
  const found = token.type === "image"
    ? await addPicture(path, targets)
    : await findPage(path, anchor, line, chapter, targets);
  if (found === undefined) {
    const what = anchor === "" ? path : `${path}#${anchor}`;
    throw new ChapterError(
      `Cannot find what is linked: ${what}`,
      chapter.path,
      line,
    );
  }
  const fragment = anchor === "" ? "" : `#${anchor}`;
  token.attrSet(name, relativeLink(chapter.page, found + fragment));
  const other = LANGUAGES.find((language) => found.startsWith(`${language}/`));
  if (other === undefined || other === chapter.language) return;
  if (token.type === "link_open") token.attrSet("hreflang", WORDS[other].tag);
}

/** A picture keeps its place beside the chapters. */
async function addPicture(
  path: string,
  { root, pictures }: Targets,
): Promise<string | undefined> {
  if (!path.startsWith("docs/")) return undefined;
  const page = path.slice("docs/".length);
  try {
    const url = new URL(encodeURI(path), root);
    pictures.set(page, pictures.get(page) ?? await Deno.readFile(url));
    return page;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return undefined;
  }
}

async function findPage(
  path: string,
  anchor: string,
  line: number,
  chapter: Chapter,
  { chapters, sources }: Targets,
): Promise<string | undefined> {
  const other = chapters.get(path) ?? chapters.get(`${path}/README.md`);
  if (other !== undefined) {
    const known = anchor === "" || other.headings.some((h) => h.id === anchor);
    return known ? other.page : undefined;
  }
  const { lines } = await sources.refer(path, chapter, line);
  const number = /^L(\d+)$/.exec(anchor)?.[1];
  const known = anchor === "" || Number(number) <= (lines?.length ?? 0);
  return known ? Sources.page(chapter.language, path) : undefined;
}
