/**
 * A link from one page to another that works from disk as from a server.
 *
 * @param from The page that has the link: a path from the root of the book.
 * @param to Where it leads: a path from the root, perhaps with a fragment.
 * @returns The link, ready for an attribute.
 *
 * @example
 * ```ts
 * import { relativeLink } from "./relative_link.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(relativeLink("en/1.html", "en/2.html#a"), "2.html#a");
 * assertEquals(relativeLink("en/1.html", "zh/1.html#啊"), "../zh/1.html#%E5%95%8A");
 * assertEquals(relativeLink("en/source/a.html", "book.css"), "../../book.css");
 * ```
 */
export function relativeLink(from: string, to: string): string {
  const here = from.split("/").slice(0, -1);
  const there = to.split("/");
  let same = 0;
  while (same < here.length && here[same] === there[same]) same++;
  const up = here.slice(same).map(() => "..");
  return encodeURI([...up, ...there.slice(same)].join("/"));
}
