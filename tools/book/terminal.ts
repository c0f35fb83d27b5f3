import { escapeHtml } from "../escape_html.ts";
import type { Words } from "./words.ts";

/** How long a word may be to be kept in one piece: on a phone a line has 44. */
const UNBROKEN = 42;

/**
 * A terminal: what was typed stands out from what came back, and the prompts
 * stay behind when a command is copied.
 *
 * @param text What the terminal shows; a command begins with `$ `, and with `> `
 * each further line of one whose quotes are still open.
 * @param name What the chapter calls the terminal.
 * @param say The words of the page's language.
 * @returns HTML.
 *
 * @example
 * ```ts
 * import { terminal } from "./terminal.ts";
 * import { WORDS } from "./words.ts";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const html = terminal("$ date\n> today\n^C\n", "client2", WORDS.en);
 * assertStringIncludes(html, "<figcaption>client 2</figcaption>");
 * assertStringIncludes(html, '<span class="prompt">$ </span>date</span>');
 * assertStringIncludes(html, '\n&gt; today\n<span class="note">^C</span>');
 * ```
 */
export function terminal(text: string, name: string, say: Words): string {
  const title = escapeHtml(say.terminal(name));
  let quoteOpen = false;
  const lines = text.replace(/\n$/, "").split("\n").map((line) => {
    const prompt = quoteOpen ? "> " : "$ ";
    if (!line.startsWith(prompt)) return output(line);
    const typed = line.slice(prompt.length);
    // An odd number of quotes opens a quotation, or ends it.
    if (typed.split("'").length % 2 === 0) quoteOpen = !quoteOpen;
    const kind = prompt === "$ " ? "command" : "command more";
    return `<span class="${kind}"><span class="prompt">${
      escapeHtml(prompt)
    }</span>${words(typed)}</span>`;
  });
  return `<figure class="terminal">
<figcaption>${title}</figcaption>
<pre tabindex="0" role="group" aria-label="${say.terminalLabel(title)}"><code>${
    lines.join("\n")
  }</code></pre>
</figure>
`;
}

/** A long command goes on in the next line, but not within an option's name. */
function words(typed: string): string {
  return escapeHtml(typed).replace(
    /[^\s"']*-[^\s"']*/g,
    (word) =>
      word.length > UNBROKEN ? word : `<span class="word">${word}</span>`,
  );
}

/** A line that the terminal shows and nobody typed. */
function output(line: string): string {
  const isNote = line === "^C" || /^\(exit status \d+\)$/.test(line);
  if (isNote) return `<span class="note">${line}</span>`;
  // What begins with blanks stands in columns, as a dump of bytes does.
  const isAligned = /^ {2}/.test(line);
  const html = escapeHtml(line);
  return isAligned ? `<span class="columns">${html}</span>` : html;
}
