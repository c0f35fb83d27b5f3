import { ChapterError } from "../chapter_error.ts";
import { fileDiff } from "./file_diff.ts";
import { fencesOf, joinFences, type Part, splitFences } from "./fences.ts";
import { type Pictures, picturesOf } from "./pictures.ts";
import type { PageFile } from "./pages.ts";
import { region } from "./region.ts";
import { type Session, sessionsOf } from "./session.ts";

/** Commands that are not filled: draw_test.ts runs them, as a reader does. */
const TYPED = ["sh", "console"];

/** A chapter whose fences are filled. */
export class ChapterText {
  /** Its file, as a path from the root of the project. */
  readonly path: string;
  /** Its sessions, by their names. */
  readonly sessions: Map<string, Session>;
  /** Its pictures. */
  readonly pictures: Pictures;
  readonly #parts: Part[];

  /**
   * Parses it.
   *
   * @throws {ChapterError} If a session or a picture cannot be understood.
   */
  constructor(page: PageFile, text: string) {
    const { path } = page;
    this.path = path;
    this.#parts = splitFences(text);
    this.sessions = sessionsOf(path, fencesOf(this.#parts));
    this.pictures = picturesOf(page, text);
  }

  /**
   * Fills in the programs' lines.
   *
   * @throws {ChapterError} If a file or a region is not there.
   */
  async fillCode(root: URL): Promise<void> {
    for (const fence of fencesOf(this.#parts)) {
      const [language = "", path, ...words] = fence.info;
      if (TYPED.includes(language)) continue;
      if (path === undefined) {
        throw new ChapterError(
          "Cannot tell which file these lines are from",
          this.path,
          fence.line,
        );
      }
      if (language === "diff") {
        fence.body = await this.#diff(path, words, root, fence.line);
        continue;
      }
      try {
        const program = await Deno.readTextFile(new URL(path, root));
        fence.body = region(program, words.join(" "));
      } catch (error) {
        const isMissing = error instanceof Deno.errors.NotFound;
        if (!isMissing && !(error instanceof RangeError)) throw error;
        const what = isMissing
          ? `the file ${path}`
          : `${words.join(" ")} in ${path}`;
        throw new ChapterError(`Cannot find ${what}`, this.path, fence.line);
      }
    }
  }

  /** The difference of a fence `diff NEWER OLDER WORDS`. */
  async #diff(
    newer: string,
    [older = "", ...words]: string[],
    root: URL,
    line: number,
  ): Promise<string[]> {
    try {
      return await fileDiff(newer, older, words.join(" "), root);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const { message } = error;
      throw new ChapterError(`Cannot compare: ${message}`, this.path, line);
    }
  }

  /** The chapter as it is now. */
  filled(): string {
    return joinFences(this.#parts);
  }
}
