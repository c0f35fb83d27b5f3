import hljs from "highlight.js";

/** Names that the chapters and the files' endings have for a language. */
const LANGUAGES: Record<string, string> = {
  c: "c",
  css: "css",
  js: "javascript",
  json: "json",
  md: "markdown",
  py: "python",
  python: "python",
  sh: "bash",
  ts: "typescript",
  typescript: "typescript",
  yaml: "yaml",
  yml: "yaml",
};

/**
 * Code as HTML, line by line: each line is whole in itself, so that it can be an
 * element with a number and an anchor.
 *
 * The highlighter marks what a word is, and the colours stand in the style
 * sheet: one for light and one for dark, and none on paper.
 *
 * @param code The code.
 * @param name Its language or its file's ending; unknown ones stay plain.
 * @returns HTML for each line.
 *
 * @example
 * ```ts
 * import { highlight } from "./highlight.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(highlight("/* a\nb *\/", "ts"), [
 *   '<span class="hljs-comment">/* a</span>',
 *   '<span class="hljs-comment">b *\/</span>',
 * ]);
 * assertEquals(highlight("a < b", "text"), ["a &lt; b"]);
 * ```
 */
export function highlight(code: string, name: string): string[] {
  const language = LANGUAGES[name] ?? "plaintext";
  const { value } = hljs.highlight(code, { language });
  // What a line leaves open is closed at its end and opened again in the next.
  const open: string[] = [];
  return value.split("\n").map((line) => {
    const before = open.join("");
    for (const [tag] of line.matchAll(/<span[^>]*>|<\/span>/g)) {
      if (tag === "</span>") open.pop();
      else open.push(tag);
    }
    return before + line + "</span>".repeat(open.length);
  });
}
