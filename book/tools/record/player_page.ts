import { stripTypeScriptTypes } from "node:module";
import { type RecordedRun, type Recording, VERSION } from "./recording.ts";

const ROOT = new URL("../../../", import.meta.url);
const PLAYER = "book/site/src/player/run_player.ts";
const STYLE = "book/site/src/player/player.css";

/** What the page loads: the book's player, without its types. */
const MODULES = [
  PLAYER,
  "book/site/src/player/words.ts",
  "book/tools/record/steps.ts",
];

/** A file that a page is made of. */
export type PageFile = [type: string, text: string];

/** A page with the player. */
export interface Page {
  title: string;
  /** What stands in it. */
  main: string;
  /** The script, which brings the player with it. */
  script?: string;
  /** A stylesheet besides the player's. */
  style?: string;
}

/** A page with the player, as HTML. */
export function pageWith(
  { title, main, script = PLAYER, style }: Page,
): string {
  const styles = [STYLE, ...style === undefined ? [] : [style]]
    .map((path) => `<link rel="stylesheet" href="${path}">`).join("\n");
  // The variables are those of the book that the player uses.
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="icon" href="data:,">
${styles}
<style>
:root {
  color-scheme: light;
  --sl-font: system-ui, sans-serif;
  --sl-font-mono: ui-monospace, monospace;
  --sl-text-sm: 0.875rem;
  --sl-color-bg: #fff;
  --sl-color-bg-nav: #f6f7f9;
  --sl-color-text: #23262f;
  --sl-color-gray-2: #353841;
  --sl-color-gray-4: #888b96;
  --sl-color-gray-5: #c0c2c7;
  --sl-color-accent: #3b5bdb;
  --sl-color-text-accent: #3b5bdb;
}
:root[data-theme="dark"] {
  color-scheme: dark;
  --sl-color-bg: #17181c;
  --sl-color-bg-nav: #23262f;
  --sl-color-text: #eceef2;
  --sl-color-gray-2: #c0c2c7;
  --sl-color-gray-4: #888b96;
  --sl-color-gray-5: #545861;
  --sl-color-accent: #7c93f5;
  --sl-color-text-accent: #aab9ff;
}
* { box-sizing: border-box }
body { margin: 0; background: var(--sl-color-bg); color: var(--sl-color-text); font: 16px/1.5 var(--sl-font) }
main { max-width: 90rem; margin: 0 auto; padding: 0 1rem; container-type: inline-size }
a { color: var(--sl-color-text-accent) }
</style>
<main>${main}</main>
<script>
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.dataset.theme = dark.matches ? "dark" : "light";
dark.addEventListener("change", follow);
follow();
// The book tells the player its language; here it is the reader's own.
if (navigator.language.startsWith("zh")) document.documentElement.lang = "zh-CN";
</script>
<script type="module" src="${script}"></script>
</html>
`;
}

/** The player's modules and its stylesheet, by their paths. */
export function playerFiles(): [string, PageFile][] {
  return [[STYLE, ["text/css", readFile(STYLE)]], ...MODULES.map(moduleFile)];
}

/** A module for the browser: a file of the project without its types. */
export function moduleFile(path: string): [string, PageFile] {
  return [path, ["text/javascript", stripTypeScriptTypes(readFile(path))]];
}

/**
 * Serves one run as a page of its own, with the book's player.
 *
 * @param run What the page shows.
 * @returns A handler for `Deno.serve`.
 */
export function playerPage(run: RecordedRun): (request: Request) => Response {
  const kind = run.programs[0]?.language ?? "deno";
  const recording: Recording = { version: VERSION, runs: { [kind]: run } };
  const page: Page = {
    title: "Step by step",
    main:
      `<run-player name="run" src="recording.json" source="source/"></run-player>`,
  };
  const files = new Map<string, PageFile>([
    ["", ["text/html", pageWith(page)]],
    ["recording.json", ["application/json", JSON.stringify(recording)]],
    ...playerFiles(),
    ...run.programs.map(({ file, lines }): [string, PageFile] => [
      `source/${file}/`,
      ["text/plain", lines.join("\n")],
    ]),
  ]);
  return (request) => {
    const path = decodeURI(new URL(request.url).pathname).slice(1);
    return fileResponse(files.get(path));
  };
}

/** The response with a file of a page; 404 without one. */
export function fileResponse(file: PageFile | undefined): Response {
  if (file === undefined) return new Response("Not found", { status: 404 });
  const [type, text] = file;
  return new Response(text, {
    headers: { "content-type": `${type}; charset=utf-8` },
  });
}

/** A file of the project. */
export function readFile(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}
