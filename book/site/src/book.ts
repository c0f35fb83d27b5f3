import { markdownToMdast, type MdastNode } from "satteri";
import type { Recording } from "../../tools/record/recording.ts";
import { anchorsOf } from "../../tools/docs/markdown.ts";
import { type PageFile, pagesIn } from "../../tools/docs/pages.ts";
import { type Language, LANGUAGES } from "./languages.ts";
import { BASE, ROOT } from "./settings.ts";

/** A fence: its language, the words after it, and what stands in it. */
export type Code = Extract<MdastNode, { type: "code" }>;

/** A chapter, or the contents page. */
export interface Chapter extends PageFile {
  /** Its page's name in Starlight, and its address below {@linkcode BASE}. */
  id: string;
  /** What its file holds. */
  text: string;
  title: string;
  /** Its first paragraph, without markup. */
  description: string;
  headings: Heading[];
  fences: Code[];
  /** Its first picture. */
  picture: { url: string; alt: string } | undefined;
}

/** A heading of a chapter. */
export interface Heading {
  depth: number;
  text: string;
  /** The anchor that GitHub gives it. */
  slug: string;
  line: number;
}

/** Pages that stand together under a heading of the contents. */
export interface Group {
  labels: Record<Language, string>;
  pages: Chapter[];
}

/** A link, picture or listing of a chapter. */
interface Reference {
  url: string;
  isPicture: boolean;
}

/** A file that a chapter refers to, or a folder with the names in it. */
export type Source = { lines: string[] } | { entries: string[] };

/** A mistake in the chapters. Its message names the file and the line. */
export class BookError extends Error {
  override name = "BookError";
}

/** The chapters of all languages, and the files that they refer to. */
export class Book {
  /** The contents page first, then the chapters in their order. */
  readonly chapters: Record<Language, Chapter[]>;
  /** What the chapters refer to, by the path from the root of the project. */
  readonly sources = new Map<string, Source>();
  /** The pictures, by the path from the root of the project: each an SVG. */
  readonly pictures = new Map<string, string>();

  /** The recordings, by the names of their pictures: each as the player reads it. */
  readonly recordings = new Map<string, string>();

  /**
   * Reads the pages.
   *
   * Whether their links lead somewhere is for `check_links.ts` to say.
   *
   * @throws {BookError} If a chapter has no title, or if the languages differ in
   * their files or headings.
   */
  constructor(readonly root = ROOT) {
    const references = new Map<Chapter, Reference[]>();
    this.chapters = Object.fromEntries(LANGUAGES.map((language) => {
      return [
        language,
        pagesIn(language, root).map((page) => {
          const text = Deno.readTextFileSync(new URL(page.path, root));
          const { chapter, found } = readChapter(page, text);
          references.set(chapter, found);
          return chapter;
        }),
      ];
    })) as Record<Language, Chapter[]>;
    this.#compareLanguages();
    for (const [chapter, found] of references) {
      for (const { url, isPicture } of found) {
        if (isPicture) this.#addPicture(chapter, url);
        else this.resolve(chapter, url);
      }
    }
  }

  /**
   * The anchors of a chapter's headings: in every language those that GitHub
   * gives to the headings of the first one, so that a link to a heading works
   * after a change of the language.
   */
  anchors(chapter: Chapter): string[] {
    const first = this.chapters[LANGUAGES[0]].find((other) =>
      other.name === chapter.name
    );
    return (first ?? chapter).headings.map(({ slug }) => slug);
  }

  /**
   * The groups of the contents page: its third-level headings, with the pages that
   * are listed below each. A page without a line stands in the group of the page
   * before it.
   *
   * @returns The groups; their pages are those of the first language.
   */
  groups(): Group[] {
    const listed = LANGUAGES.map((language) =>
      groupsIn(this.chapters[language][0]?.text ?? "")
    );
    const names = listed[0]?.map(({ names }) => names) ?? [];
    const groups = names.map((_, i): Group => ({
      labels: Object.fromEntries(
        LANGUAGES.map((language, j) => [language, listed[j]?.[i]?.label ?? ""]),
      ) as Record<Language, string>,
      pages: [],
    }));
    let at = 0;
    for (const page of this.chapters[LANGUAGES[0]].slice(1)) {
      const found = names.findIndex((names) => names.includes(page.name));
      if (found !== -1) at = found;
      groups[at]?.pages.push(page);
    }
    return groups;
  }

  /**
   * Where a link of a chapter leads on the site.
   *
   * @param chapter The chapter that has it.
   * @param url The link, relative to the chapter's file.
   * @returns An address, or undefined if it leads nowhere.
   */
  resolve(chapter: Chapter, url: string): string | undefined {
    if (isAbsolute(url)) return url;
    const { path, anchor } = split(chapter, url);
    const target = LANGUAGES.flatMap((language) => this.chapters[language])
      .find((other) =>
        other.path === path || other.path === `${path}/README.md`
      );
    if (target === undefined) return this.#resolveSource(chapter, path, anchor);
    if (anchor === "") return pageOf(target.id);
    const index = target.headings.findIndex(({ slug }) => slug === anchor);
    if (index === -1) {
      // An old address: `<a id="…"></a>` in the text.
      const isThere = target.text.includes(`<a id="${anchor}">`);
      return isThere ? `${pageOf(target.id)}#${anchor}` : undefined;
    }
    // The title has no anchor of its own: it is where the page begins.
    const isTitle = target.headings[index]?.depth === 1;
    const fragment = isTitle ? "" : `#${this.anchors(target)[index]}`;
    return pageOf(target.id) + fragment;
  }

  #resolveSource(
    { language }: Chapter,
    path: string,
    anchor: string,
  ): string | undefined {
    const source = this.#addSource(path);
    if (source === undefined) return undefined;
    const page = pageOf(sourceId(language, path));
    if (anchor === "") return page;
    if ("lines" in source && path.endsWith(".md")) {
      const heading = source.lines.findIndex((line) =>
        anchorsOf(line).includes(anchor)
      );
      if (heading !== -1) return `${page}#L${heading + 1}`;
    }
    const line = Number(/^L(\d+)$/.exec(anchor)?.[1]);
    const isThere = "lines" in source && line <= source.lines.length;
    return isThere ? `${page}#${anchor}` : undefined;
  }

  /** A file or a folder; a folder takes along what is in it. */
  #addSource(path: string): Source | undefined {
    const source = this.sources.get(path) ?? this.#read(path);
    if (source === undefined || this.sources.has(path)) return source;
    this.sources.set(path, source);
    if (!("entries" in source)) return source;
    for (const entry of source.entries) this.#addSource(`${path}/${entry}`);
    return source;
  }

  /** Reads the lines of a file or the names in a folder; undefined if the path does not exist. */
  #read(path: string): Source | undefined {
    const url = new URL(encodeURI(path), this.root);
    try {
      if (!Deno.statSync(url).isDirectory) {
        const text = Deno.readTextFileSync(url);
        return { lines: text.replace(/\n$/, "").split("\n") };
      }
      const entries = Array.from(Deno.readDirSync(url), ({ name }) => name)
        .filter((name) => !name.startsWith(".")).sort();
      return { entries };
    } catch (error) {
      if (
        error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory
      ) return undefined;
      throw error;
    }
  }

  #addPicture(chapter: Chapter, url: string): void {
    if (isAbsolute(url)) return;
    const { path } = split(chapter, url);
    const source = path.endsWith(".svg") ? this.#read(path) : undefined;
    if (source === undefined || !("lines" in source)) return;
    this.pictures.set(path, source.lines.join("\n"));
    this.#addRecording(path);
  }

  /** The recording with the name of a picture, if there is one. */
  #addRecording(picture: string): void {
    const name = nameOf(picture);
    const folder = picture.replace(/[^/]*\/[^/]*$/, "recordings/");
    const source = this.#read(`${folder}${name}.json`);
    if (source === undefined || !("lines" in source)) return;
    const text = source.lines.join("\n");
    this.recordings.set(name, text);
    const { runs } = JSON.parse(text) as Recording;
    for (const { programs } of Object.values(runs)) {
      for (const { file } of programs) this.#addSource(file);
    }
  }

  #compareLanguages(): void {
    const [first, ...others] = LANGUAGES;
    for (const language of others) {
      for (const [a, b] of [[first, language], [language, first]] as const) {
        const names = this.chapters[b].map(({ name }) => name);
        const alone = this.chapters[a].find(({ name }) =>
          !names.includes(name)
        );
        if (alone === undefined) continue;
        throw new BookError(
          `${alone.path} has no counterpart ${b}.md`,
        );
      }
      for (const [i, chapter] of this.chapters[first].entries()) {
        const other = this.chapters[language][i];
        if (other !== undefined) compareHeadings(chapter, other);
      }
    }
  }
}

/** The name of a picture, without its folder and its language. */
export function nameOf(path: string): string {
  return path.replace(/^.*\//, "").replace(/\..*$/, "");
}

/** The address of a page by its name in Starlight. */
export function pageOf(id: string): string {
  return id === "index" ? BASE : `${BASE}${id}/`;
}

/** The name of the page that shows a file of the project. */
export function sourceId(language: Language, path: string): string {
  return localized(language, `source/${path}`);
}

/** The first language's pages stand at the root, the others in a folder. */
function localized(language: Language, id: string): string {
  if (language === LANGUAGES[0]) return id;
  return id === "index" ? language : `${language}/${id}`;
}

/** The third-level headings of a contents page, and the pages of their lists. */
function groupsIn(text: string): { label: string; names: string[] }[] {
  const groups: { label: string; names: string[] }[] = [];
  for (const line of text.split("\n")) {
    const label = /^### (.*)$/.exec(line)?.[1];
    if (label !== undefined) groups.push({ label, names: [] });
    const name = /^- \[[^\]]*\]\(([^/)]+)\/[a-z]+\.md\)/.exec(line)?.[1];
    if (name !== undefined) groups.at(-1)?.names.push(name);
  }
  return groups;
}

function readChapter(page: PageFile, text: string) {
  const { language, path } = page;
  const anchors = anchorsOf(text);
  const headings: Heading[] = [];
  const found: Reference[] = [];
  const pictures: { url: string; alt: string }[] = [];
  const fences: Code[] = [];
  let description = "";
  const visit = (node: MdastNode) => {
    if (node.type === "heading") {
      const text = textOf(node);
      const slug = anchors[headings.length] ?? "";
      const line = node.position?.start.line ?? 1;
      headings.push({ depth: node.depth, text, slug, line });
    } else if (node.type === "paragraph") {
      description ||= textOf(node).replace(/\s+/g, " ");
    } else if (node.type === "code") {
      fences.push(node);
      const file = fileOf(node);
      const up = "../".repeat(path.split("/").length - 1);
      if (file === undefined) return;
      found.push({ url: up + file, isPicture: false });
    } else if (
      node.type === "link" || node.type === "image" ||
      node.type === "definition"
    ) {
      const isPicture = node.type === "image";
      found.push({ url: node.url, isPicture });
      if (isPicture) pictures.push({ url: node.url, alt: node.alt ?? "" });
    }
    if ("children" in node) { for (const child of node.children) visit(child); }
  };
  visit(markdownToMdast(text));
  const title = headings[0];
  if (title?.depth !== 1) {
    throw new BookError(
      `${path}:1: cannot find a title, a line like "# Title"`,
    );
  }
  const id = localized(language, page.name || "index");
  const [picture] = pictures;
  const chapter: Chapter = {
    ...page,
    id,
    text,
    title: title.text,
    description,
    headings,
    fences,
    picture,
  };
  return { chapter, found };
}

/**
 * The file that a fence shows lines of: its second word, but not in a terminal
 * or in commands for a shell.
 */
export function fileOf({ lang, meta }: Code): string | undefined {
  if (lang === "console" || lang === "sh") return undefined;
  return meta?.split(" ")[0] || undefined;
}

/** The text of a node without its markup. */
function textOf(node: MdastNode): string {
  if (node.type === "text" || node.type === "inlineCode") return node.value;
  return "children" in node ? node.children.map(textOf).join("") : "";
}

/** Whether a link leads out of the project. */
export function isAbsolute(url: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(url);
}

/** A relative link as a path from the root of the project and an anchor. */
export function split(chapter: Chapter, url: string) {
  const { pathname, hash } = new URL(url, `file:///${chapter.path}`);
  return {
    path: decodeURIComponent(pathname).replace(/^\/|\/$/g, ""),
    anchor: decodeURIComponent(hash.slice(1)),
  };
}

/** The headings must be the same in number and depth: anchors depend on it. */
function compareHeadings(a: Chapter, b: Chapter): void {
  const count = Math.max(a.headings.length, b.headings.length);
  for (let i = 0; i < count; i++) {
    const [one, two] = [a.headings[i], b.headings[i]];
    if (one?.depth === two?.depth) continue;
    throw new BookError(
      `The headings of ${a.path} and ${b.path} differ: ` +
        `${describe(one, a)} stands where ${describe(two, b)} is. Both need ` +
        "the same headings in the same order, as their anchors are shared",
    );
  }
}

function describe(heading: Heading | undefined, { path }: Chapter): string {
  if (heading === undefined) return `the end of ${path}`;
  const marks = "#".repeat(heading.depth);
  return `"${marks} ${heading.text}" (line ${heading.line} of ${path})`;
}
