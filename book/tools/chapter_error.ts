/**
 * An error in a chapter.
 *
 * It is printed as one line. Any other error is a mistake in the tool, and keeps its
 * stack trace.
 *
 * @example
 * ```ts
 * import { ChapterError } from "./chapter_error.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new ChapterError("Cannot find the file: x.ts", "book/1/en.md", 7);
 * assertEquals(error.message, "book/1/en.md:7: Cannot find the file: x.ts");
 * ```
 */
export class ChapterError extends Error {
  /** The name that a printed error begins with. */
  override name = "ChapterError";

  /**
   * Makes the error.
   *
   * @param problem What is wrong: sentence case, no full stop.
   * @param path The chapter's file, if there is one.
   * @param line The line there.
   */
  constructor(problem: string, path?: string, line?: number) {
    const place = [path, line].filter((part) => part !== undefined).join(":");
    super(place === "" ? problem : `${place}: ${problem}`);
  }
}
