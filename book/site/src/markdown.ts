import {
  defineMdastPlugin,
  type MdastNode,
  type MdastPluginDefinition,
  type MdastPluginEntry,
} from "satteri";
import {
  type Book,
  BookError,
  type Chapter,
  type Code,
  fileOf,
  isAbsolute,
  pageOf,
  sourceId,
} from "./book.ts";
import { LANGUAGES, WORDS } from "./languages.ts";
import { pictureHtml, playerHtml } from "./pictures.ts";
import { captionOf, commandsOf, terminalLines } from "./terminal.ts";

/** Where Starlight takes a page to be, by its name. */
export function filePathOf(id: string): string {
  return `src/content/docs/${id}.md`;
}

/**
 * Turns the Markdown of a chapter, as GitHub shows it, into that of its page.
 *
 * @param book The chapters.
 * @returns A plugin; it leaves every page alone that is no chapter.
 */
export function chapterPlugin(book: Book): MdastPluginEntry {
  const chapters = LANGUAGES.flatMap((language) => book.chapters[language]);
  return ({ fileURL }) => {
    const chapter = chapters.find(({ id }) =>
      fileURL?.pathname.endsWith(`/${filePathOf(id)}`)
    );
    return chapter === undefined ? undefined : pluginFor(chapter, book);
  };
}

function pluginFor(chapter: Chapter, book: Book): MdastPluginDefinition {
  const anchors = book.anchors(chapter);
  let heading = 0;
  const isAlone = (session: string) =>
    chapter.fences.filter((other) => sessionOf(other).session === session)
      .length === 1;
  return defineMdastPlugin({
    name: "chapter",
    before(root, context) {
      const last = root.children.at(-1);
      if (last && leadsOn(last, chapter, book)) context.removeNode(last);
    },
    heading(node, context) {
      const id = anchors[heading++];
      // Starlight shows the title by itself.
      if (node.depth === 1) context.removeNode(node);
      else context.setProperty(node, "data", { hProperties: { id } });
    },
    emphasis(node, context) {
      // The Chinese titles in English pages are not slanted, either.
      if (!/\p{Script=Han}/u.test(context.textContent(node))) return;
      const hProperties = { lang: WORDS.zh.tag };
      context.setProperty(node, "data", { hProperties });
    },
    link(node, context) {
      const url = book.resolve(chapter, node.url);
      if (url !== undefined) context.setProperty(node, "url", url);
    },
    definition(node, context) {
      const url = book.resolve(chapter, node.url);
      if (url !== undefined) context.setProperty(node, "url", url);
    },
    image(node, context) {
      if (isAbsolute(node.url)) return;
      const alt = node.alt ?? "";
      const paragraph = context.parent(node);
      const player = playerHtml(book, chapter, node.url);
      if (player !== undefined && paragraph?.children.length === 1) {
        context.replaceNode(paragraph, { type: "html", value: player });
        return;
      }
      const value = pictureHtml(book, chapter, node.url, alt);
      context.replaceNode(node, { type: "html", value });
    },
    table(node, context) {
      const names = node.children[0]?.children ?? [];
      if (names.length < 3) return;
      // On a phone it is a list of its rows, where each cell needs its column's name.
      const style = names.map((name, i) =>
        `--column-${i + 1}: ${JSON.stringify(context.textContent(name))}`
      ).join("; ");
      const hProperties = { class: "rows", style };
      context.setProperty(node, "data", { hProperties });
    },
    code(node, context) {
      const siblings = context.parent(node)?.children ?? [];
      const index = context.indexOf(node) ?? 0;
      if (isSecond(siblings, index)) {
        context.insertAfter(node, { type: "html", value: "</div>" });
      } else if (isPair(node, siblings[index + 1])) {
        const value = '<div class="pair">';
        context.insertBefore(node, { type: "html", value });
      }
      const { session, role } = sessionOf(node);
      const file = fileOf(node);
      if (file !== undefined) {
        context.setProperty(node, "meta", listingMeta(node, file));
      } else if (node.lang === "console") {
        context.setProperty(node, "meta", terminalMeta(node, session, role));
        context.setProperty(node, "lang", "text");
      } else if (!node.lang && node.value.startsWith("$ ")) {
        // What a reader types into a program, which nobody can run here.
        context.setProperty(node, "meta", 'frame="none" terminal');
        context.setProperty(node, "lang", "text");
      } else context.setProperty(node, "meta", null);
    },
  });

  function listingMeta(node: Code, file: string): string {
    const source = book.sources.get(file);
    const wanted = node.value.split("\n");
    const line = source !== undefined && "lines" in source
      ? findLines(source.lines, wanted)
      : undefined;
    const page = pageOf(sourceId(chapter.language, file));
    if (line === undefined) return `title="${file}" source="${page}"`;
    const { lines } = WORDS[chapter.language];
    const where = lines(line, line + wanted.length - 1);
    return `title="${file}" source="${page}#L${line}" lines="${where}"`;
  }

  function terminalMeta(node: Code, session = "", role = ""): string {
    const commands = commandsOf(node.value.split("\n"));
    const caption = captionOf(
      chapter.language,
      role,
      isAlone(session),
      commands,
    );
    if (caption === undefined) {
      throw new BookError(
        `${chapter.path}: the terminal "${role}" of "${session}" has no ` +
          "caption in this language; add one to book/site/src/languages.ts",
      );
    }
    return `frame="terminal" title="${caption}" terminal`;
  }
}

/** The words of a terminal's fence: ```console SESSION ROLE. */
function sessionOf({ lang, meta }: Code) {
  const [session, role] = meta?.split(" ") ?? [];
  return lang === "console"
    ? { session, role }
    : { session: undefined, role: undefined };
}

/** How long a line of a terminal may be to fit into half of the page. */
const HALF = 60;

/**
 * Whether two neighbours stand side by side where there is room: Python and then
 * TypeScript, or two terminals of one session whose output fits.
 */
function isPair(a: MdastNode | undefined, b: MdastNode | undefined): boolean {
  if (a?.type !== "code" || b?.type !== "code") return false;
  if (a.lang === "python" && b.lang === "ts") return true;
  const session = sessionOf(a).session;
  return session !== undefined && session === sessionOf(b).session &&
    [a, b].every(({ value }) => widthOf(value) <= HALF);
}

/** Whether a node is the second of a pair: of three in a row, the third stands alone. */
function isSecond(siblings: readonly MdastNode[], index: number): boolean {
  return isPair(siblings[index - 1], siblings[index]) &&
    !isSecond(siblings, index - 1);
}

/** The length of the longest line that a program has printed. */
function widthOf(text: string): number {
  const lines = text.split("\n");
  const kinds = terminalLines(lines);
  const printed = lines.filter((_, i) => kinds[i]?.kind === "output");
  return Math.max(0, ...printed.map((line) => line.length));
}

/**
 * Whether a chapter's last paragraph only leads to the next chapter or to the
 * other language. GitHub's readers need it; the site has links of its own.
 */
function leadsOn(node: MdastNode, chapter: Chapter, book: Book): boolean {
  if (node.type !== "paragraph") return false;
  const links = node.children.filter((child) => child.type === "link");
  const [link] = links;
  if (link === undefined || links.length > 1) return false;
  const chapters = book.chapters[chapter.language];
  const next = chapters[chapters.indexOf(chapter) + 1];
  const others = LANGUAGES.flatMap((language) => book.chapters[language])
    .filter((other) => other.name === chapter.name && other !== chapter);
  return [next, ...others].some((other) =>
    other !== undefined && book.resolve(chapter, link.url) === pageOf(other.id)
  );
}

/** Where lines stand in a file, whatever the indentation; counted from 1. */
function findLines(lines: string[], wanted: string[]): number | undefined {
  const at = lines.findIndex((_, start) =>
    wanted.every((line, i) => lines[start + i]?.trim() === line.trim())
  );
  return at === -1 ? undefined : at + 1;
}
