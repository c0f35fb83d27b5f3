import { ChapterError } from "../chapter_error.ts";
import { DIAGRAMS } from "../draw/diagrams.ts";
import { RECORDINGS } from "../record/recordings.ts";
import { folderOf, type PageFile } from "./pages.ts";
import type { RecordingUse } from "./recording_files.ts";

const IMAGE = /!\[[^\]]*\]\(pictures\/([\w-]+)\.(\w+)\.svg\)/g;

/** What the pictures of a chapter show. */
export interface Pictures {
  /** The diagrams, by their paths from the root of the project. */
  diagrams: Map<string, string>;
  /** The recordings, which the site plays instead of the pictures. */
  recordings: RecordingUse[];
}

/**
 * The pictures of a chapter.
 *
 * @throws {ChapterError} If a picture is neither a diagram nor a recording.
 *
 * @param page The chapter's file.
 * @param text Its text.
 */
export function picturesOf(page: PageFile, text: string): Pictures {
  const { language, path } = page;
  const diagrams = new Map<string, string>();
  const recordings: RecordingUse[] = [];
  for (const { 1: name = "", 2: inLanguage, index } of text.matchAll(IMAGE)) {
    if (inLanguage !== language) continue;
    const picture = `${folderOf(page)}pictures/${name}.${language}.svg`;
    const diagram = DIAGRAMS[name];
    if (diagram !== undefined) diagrams.set(picture, diagram(language));
    else if (name in RECORDINGS) {
      const folder = `${folderOf(page)}recordings/`;
      recordings.push({ name, folder, language, picture });
    } else {
      const where = "book/tools/record/recordings.ts, for programs, or to " +
        "book/tools/draw/diagrams.ts";
      throw new ChapterError(
        `Cannot draw the picture ${name}: add it to ${where}`,
        path,
        text.slice(0, index).split("\n").length,
      );
    }
  }
  return { diagrams, recordings };
}
