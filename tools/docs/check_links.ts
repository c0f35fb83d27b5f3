import type { Token } from "markdown-it";
import { markdown, nameHeadings } from "../book/chapter.ts";

/**
 * Finds the links that lead nowhere: to a file, a heading or a line that is not
 * there. Links to the web are not followed.
 *
 * @param paths Markdown files, as paths from the root.
 * @param root The folder of the project, ending in a slash.
 * @returns A line for each.
 */
export async function checkLinks(
  paths: string[],
  root: URL,
): Promise<string[]> {
  const broken: string[] = [];
  for (const path of paths) {
    const tokens = markdown.parse(await Deno.readTextFile(at(path, root)), {});
    for (const { link, line } of linksOf(tokens)) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(link)) continue;
      if (await leadsSomewhere(new URL(link, at(path, root)))) continue;
      broken.push(`${path}:${line}: Cannot find what is linked: ${link}`);
    }
  }
  return broken;
}

function at(path: string, root: URL): URL {
  return new URL(encodeURI(path), root);
}

function* linksOf(tokens: Token[]): Generator<{ link: string; line: number }> {
  let line = 1;
  for (const token of tokens) {
    line = (token.map?.[0] ?? line - 1) + 1;
    for (const child of token.children ?? []) {
      const link = child.attrGet("href") ?? child.attrGet("src");
      if (typeof link === "string") yield { link, line };
    }
    // What the project writes in HTML are pictures: <img src>, <source srcset>.
    if (token.type !== "html_block") continue;
    for (
      const [, link = ""] of token.content.matchAll(
        /(?:href|src|srcset)="([^"]+)"/g,
      )
    ) {
      yield { link, line };
    }
  }
}

async function leadsSomewhere(url: URL): Promise<boolean> {
  const anchor = decodeURIComponent(url.hash.slice(1));
  try {
    if ((await Deno.stat(url)).isDirectory) return anchor === "";
    if (anchor === "") return true;
    const text = await Deno.readTextFile(url);
    const number = /^L(\d+)$/.exec(anchor)?.[1];
    return number === undefined
      ? nameHeadings(markdown.parse(text, {})).some(({ id }) => id === anchor)
      : Number(number) <= text.trimEnd().split("\n").length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
