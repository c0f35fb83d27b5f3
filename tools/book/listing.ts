import { escapeHtml } from "../escape_html.ts";
import { highlight } from "./highlight.ts";
import type { Words } from "./words.ts";

/** Where a listing's code comes from. */
export interface Origin {
  /** The file, as a path from the root of the project. */
  path: string;
  /** A link to its page, at the line where the listing begins. */
  href: string;
  /** The line where the listing begins, if it is known. */
  line: number | undefined;
}

/**
 * A code block: with a caption that names file and lines if it is taken from a
 * file.
 *
 * A long line scrolls inside the block. So the block takes the keyboard's focus,
 * or those without a mouse could not read the line's end, and it has a name.
 *
 * @param code The code.
 * @param language The first word of its info string.
 * @param words The words of the page's language.
 * @param origin Where it comes from.
 * @returns HTML.
 *
 * @example
 * ```ts
 * import { listing } from "./listing.ts";
 * import { WORDS } from "./words.ts";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const origin = { path: "a.ts", href: "source/a.ts.html#L7", line: 7 };
 * const html = listing("f();\ng();\n", "ts", WORDS.en, origin);
 * assertStringIncludes(html, '<a href="source/a.ts.html#L7">a.ts</a>');
 * assertStringIncludes(html, "lines 7–8");
 * ```
 */
export function listing(
  code: string,
  language: string,
  words: Words,
  origin?: Origin,
): string {
  const lines = highlight(code.replace(/\n$/, ""), language);
  const label = escapeHtml(origin?.path ?? words.code);
  const place = origin?.line === undefined
    ? ""
    : ` <span>${
      words.lines(origin.line, origin.line + lines.length - 1)
    }</span>`;
  const caption = origin === undefined
    ? ""
    : `<figcaption><a href="${origin.href}">${label}</a>${place}</figcaption>\n`;
  return `<figure class="listing">
${caption}<pre tabindex="0" role="group" aria-label="${label}"><code>${
    lines.join("\n")
  }</code></pre>
</figure>
`;
}
