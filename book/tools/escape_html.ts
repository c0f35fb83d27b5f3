const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/**
 * Text as HTML or SVG, in an element or in the double quotes of an attribute.
 *
 * @param text Any text.
 * @returns HTML that shows it.
 *
 * @example
 * ```ts
 * import { escapeHtml } from "./escape_html.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(escapeHtml('a < "b"'), "a &lt; &quot;b&quot;");
 * ```
 */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "");
}
