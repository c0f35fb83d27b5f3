/** A link of a Markdown file. */
export interface Link {
  /** Where it leads, as it is written. */
  target: string;
  /** Its line, counted from 1. */
  line: number;
}

/** What GitHub leaves out of an anchor. */
const LEFT_OUT = /[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu;

/** `[text](target)`, `[name]: target`, and the HTML of pictures. */
const LINK =
  /\]\(<?([^\s)>]+)>?[^)]*\)|^ {0,3}\[[^\]]+\]:\s+(\S+)|(?:href|src|srcset)="([^"]+)"/g;

/**
 * The anchors that GitHub gives to the headings of a Markdown file: lower case;
 * letters, marks, digits, `_` and `-` are kept, each space becomes `-`, all else
 * is left out, and the second heading of a name gets `-1`.
 *
 * Only headings that begin with `#` are read, as all of the project's do.
 *
 * @param text What the file holds.
 * @returns The anchors in their order.
 *
 * @example
 * ```ts
 * import { anchorsOf } from "./markdown.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const text = "# 1. It's `a_b`\n\n## [A](b.md) *c*\n\n## A c\n\n## 甲，乙\n";
 * assertEquals(anchorsOf(text), ["1-its-a_b", "a-c", "a-c-1", "甲乙"]);
 * ```
 */
export function anchorsOf(text: string): string[] {
  const used = new Set<string>();
  for (const line of outsideFences(text)) {
    const heading = /^ {0,3}#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$/.exec(line);
    if (heading === null) continue;
    const name = textOf(heading[1] ?? "").toLowerCase()
      .replace(LEFT_OUT, "").replace(/ /g, "-");
    let anchor = name;
    for (let n = 1; used.has(anchor); n++) anchor = `${name}-${n}`;
    used.add(anchor);
  }
  return [...used];
}

/**
 * The links and pictures of a Markdown file, but not what only looks like one in
 * code.
 *
 * @param text What the file holds.
 * @returns The links in their order.
 *
 * @example
 * ```ts
 * import { linksOf } from "./markdown.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const text = '[a](b.md#c)\n`f[0](x)` ![d](e.svg "f")\n\n[g]: h.md\n';
 * assertEquals(linksOf(text), [
 *   { target: "b.md#c", line: 1 },
 *   { target: "e.svg", line: 2 },
 *   { target: "h.md", line: 4 },
 * ]);
 * ```
 */
export function linksOf(text: string): Link[] {
  return outsideFences(text).flatMap((line, i) =>
    [...line.replace(/(`+)(?!`).*?[^`]\1(?!`)/g, "").matchAll(LINK)].map(
      ([, inline, named, html]) => ({
        target: inline ?? named ?? html ?? "",
        line: i + 1,
      }),
    )
  );
}

/** The lines of a file; those of its fences are empty. */
function outsideFences(text: string): string[] {
  let fence: string | null = null;
  return text.split("\n").map((line) => {
    const [marks = ""] = /^ {0,3}(`{3,}|~{3,})/.exec(line) ?? [];
    const ticks = marks.trim();
    if (fence === null) {
      if (ticks === "") return line;
      fence = ticks;
    } else if (ticks.startsWith(fence) && line.trim() === ticks) fence = null;
    return "";
  });
}

/** A heading without its markup: code, links, emphasis. */
function textOf(heading: string): string {
  return heading
    .split(/(`[^`]*`)/)
    .map((part, i) =>
      i % 2 === 1 ? part : part.replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
        .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "")
    ).join("");
}
