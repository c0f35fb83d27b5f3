import { anchorsOf, linksOf } from "./markdown.ts";

/**
 * Finds broken links: to a file, a heading or a line that does not exist. Links to
 * the web are not followed.
 *
 * @param paths Markdown files, as paths from the root.
 * @param root The folder of the project, ending in a slash.
 * @returns A line for each broken link.
 */
export async function checkLinks(
  paths: string[],
  root: URL,
): Promise<string[]> {
  const broken: string[] = [];
  for (const path of paths) {
    const text = await Deno.readTextFile(at(path, root));
    for (const { target, line } of linksOf(text)) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
      if (await exists(new URL(target, at(path, root)))) continue;
      broken.push(`${path}:${line}: Broken link: ${target}`);
    }
  }
  return broken;
}

/** Folders in which nothing is the project's own. */
const FOREIGN = ["node_modules", "dist", "coverage"];

/**
 * The Markdown files of the project.
 *
 * @param root The folder of the project, ending in a slash.
 * @returns Their paths from there.
 */
export function markdownFiles(root: URL, folder = ""): string[] {
  const entries = Array.from(Deno.readDirSync(new URL(folder, root)));
  return entries.sort((a, b) => a.name < b.name ? -1 : 1).flatMap((entry) => {
    const { name, isDirectory } = entry;
    if (!isDirectory) return name.endsWith(".md") ? [folder + name] : [];
    if (name.startsWith(".") || FOREIGN.includes(name)) return [];
    return markdownFiles(root, `${folder}${name}/`);
  });
}

function at(path: string, root: URL): URL {
  return new URL(encodeURI(path), root);
}

async function exists(url: URL): Promise<boolean> {
  const anchor = decodeURIComponent(url.hash.slice(1));
  try {
    if ((await Deno.stat(url)).isDirectory) return anchor === "";
    if (anchor === "") return true;
    const text = await Deno.readTextFile(url);
    const number = /^L(\d+)$/.exec(anchor)?.[1];
    return number === undefined
      ? anchorsOf(text).includes(anchor) || text.includes(`<a id="${anchor}">`)
      : Number(number) <= text.trimEnd().split("\n").length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
