import { stripTypeScriptTypes } from "node:module";
import { type RecordedRun, type Recording, VERSION } from "./recording.ts";

const ROOT = new URL("../../../", import.meta.url);
const FOLDER = "book/site/src/player/";
const PLAYER = `${FOLDER}run_player.ts`;
const PAGE = `${FOLDER}page.ts`;
const STYLES = ["page", "player", "programs", "diagram", "layout"].map((name) =>
  `${FOLDER}${name}.css`
);

/** What the page loads: the book's player, without its types. */
const MODULES = [
  PAGE,
  PLAYER,
  ...[
    "diagram",
    "frame",
    "programs",
    "rows",
    "text",
    "tree",
    "words",
    "words_zh",
  ].map((name) => `${FOLDER}${name}.ts`),
  ...["recording", "ends", "steps"].map((name) =>
    `book/tools/record/${name}.ts`
  ),
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
  const styles = [...STYLES, ...style === undefined ? [] : [style]]
    .map((path) => `<link rel="stylesheet" href="${path}">`).join("\n");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="icon" href="data:,">
${styles}
<main>${main}</main>
<script type="module" src="${PAGE}"></script>
<script type="module" src="${script}"></script>
</html>
`;
}

/** The player's modules and its stylesheets, by their paths. */
export function playerFiles(): [string, PageFile][] {
  return [
    ...STYLES.map((path): [string, PageFile] => [
      path,
      ["text/css", readFile(path)],
    ]),
    ...MODULES.map(moduleFile),
  ];
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
    main: `<h1>Step by step</h1>
<run-player name="run" src="recording.json" source="source/" level="2"></run-player>`,
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
