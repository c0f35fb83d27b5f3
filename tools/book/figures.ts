import type { Token } from "markdown-it";
import type { Chapter } from "./chapter.ts";
import { findLines } from "./find_lines.ts";
import type { Targets } from "./links.ts";
import { listing } from "./listing.ts";
import { relativeLink } from "./relative_link.ts";
import { Sources } from "./sources.ts";
import { terminal } from "./terminal.ts";
import { WORDS } from "./words.ts";

/**
 * Whether two neighbours stand side by side where there is room: Python and then
 * TypeScript, or two terminals of one scene.
 *
 * @param a A token.
 * @param b The token after it.
 * @returns True if both are fences that belong together.
 */
export function belongTogether(
  a: Token | undefined,
  b: Token | undefined,
): boolean {
  if (a?.type !== "fence" || b?.type !== "fence") return false;
  const [[one, sceneA], [two, sceneB]] = [words(a), words(b)];
  return one === "python" && two === "ts" ||
    one === "console" && two === "console" && sceneA === sceneB &&
      sceneA !== undefined;
}

function words(fence: Token): string[] {
  return fence.info.trim().split(/\s+/);
}

/**
 * Fences that belong together, or a single one, as HTML.
 *
 * @throws {ChapterError} If one names a file that is not there.
 *
 * @param fences The fences.
 * @param chapter The chapter that has them.
 * @param targets The sources, to which theirs are added.
 * @returns HTML.
 */
export async function figures(
  fences: Token[],
  chapter: Chapter,
  targets: Targets,
): Promise<string> {
  const html: string[] = [];
  for (const fence of fences) html.push(await figure(fence, chapter, targets));
  return html.length === 1
    ? html.join("")
    : `<div class="pair">\n${html.join("")}</div>\n`;
}

async function figure(
  fence: Token,
  chapter: Chapter,
  targets: Targets,
): Promise<string> {
  const [language = "", second, third = second] = words(fence);
  const say = WORDS[chapter.language];
  const { content } = fence;
  if (language === "console") return terminal(content, third ?? "", say);
  if (second === undefined) return listing(content, language, say);
  const source = await targets.sources.refer(
    second,
    chapter,
    (fence.map?.[0] ?? 0) + 1,
  );
  const wanted = content.replace(/\n$/, "").split("\n");
  const line = findLines(source.lines ?? [], wanted);
  const page = Sources.page(chapter.language, second);
  const target = line === undefined ? page : `${page}#L${line}`;
  const href = relativeLink(chapter.page, target);
  return listing(content, language, say, { path: second, href, line });
}
