import {
  type Book,
  type Chapter,
  nameOf,
  pageOf,
  sourceId,
  split,
} from "./book.ts";
import { sceneHtml } from "./player/static_scene.ts";
import { BASE } from "./settings.ts";
import type { Recording } from "../../tools/record/recording.ts";

const THEMES = ["light", "dark"] as const;

/** One of the two themes of the site. */
type Theme = typeof THEMES[number];

/**
 * A picture in both themes, of which the page shows one: the pictures follow
 * the system's theme, and the pages also have a switch. A click shows it alone,
 * larger on a phone.
 *
 * @param book The book, which has the picture.
 * @param chapter The chapter that shows it.
 * @param url Its file, relative to the chapter's.
 * @param alt What it shows.
 * @returns HTML.
 */
export function pictureHtml(
  book: Book,
  chapter: Chapter,
  url: string,
  alt: string,
): string {
  const { path } = split(chapter, url);
  const svg = book.pictures.get(path) ?? "";
  const [, width = "", height = ""] =
    /<svg[^>]* width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  const text = alt.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return THEMES.map((theme) => {
    const hidden = theme === "light" ? "dark:sl-hidden" : "light:sl-hidden";
    const src = BASE + at(path, theme);
    return `<a class="${hidden}" href="${src}"><img class="picture" ` +
      `src="${src}" alt="${text}" width="${width}" height="${height}"></a>`;
  }).join("");
}

/**
 * The player of a picture that has a recording. Its diagram stands there until it is
 * loaded, on paper, and where there is no script.
 *
 * @returns HTML, or undefined if the picture has no recording.
 */
export function playerHtml(
  book: Book,
  chapter: Chapter,
  url: string,
): string | undefined {
  const name = nameOf(split(chapter, url).path);
  const recording = book.recordings.get(name);
  if (recording === undefined) return undefined;
  const { language } = chapter;
  const source = pageOf(sourceId(language, "")).replace(/\/+$/, "/");
  // No heading stands between the title of the cover and its scene.
  const level = chapter.name === "" ? "2" : "3";
  const run = JSON.parse(recording) as Recording;
  const scene = sceneHtml(name, run, language, level);
  return `<run-player class="not-content" name="${name}" level="${level}" ` +
    `src="${BASE}recordings/${name}.json" source="${source}">${scene}</run-player>`;
}

/** The files of the recordings, by their paths on the site. */
export function recordingFiles(book: Book): [path: string, json: string][] {
  return [...book.recordings].map((
    [name, text],
  ) => [`recordings/${name}.json`, text]);
}

/** The files of the pictures, by their paths on the site. */
export function pictureFiles(book: Book): [path: string, svg: string][] {
  return [...book.pictures].flatMap(([path, svg]) =>
    THEMES.map((theme): [string, string] => [
      at(path, theme),
      inTheme(svg, theme),
    ])
  );
}

/** Where the site has a picture. */
function at(path: string, theme: Theme): string {
  const name = path.replace(/^book\//, "").replace("/pictures/", "/")
    .replace(/\.svg$/, "");
  return `pictures/${name}.${theme}.svg`;
}

/**
 * A picture that shows one theme, whatever the system's is.
 *
 * @param svg A picture with rules for `prefers-color-scheme: dark`.
 * @param theme The theme.
 * @returns The picture.
 */
function inTheme(svg: string, theme: Theme): string {
  return svg.replaceAll(
    /@media \(prefers-color-scheme: dark\)/g,
    theme === "dark" ? "@media all" : "@media not all",
  );
}
