import { ChapterError } from "../chapter_error.ts";
import type { Chapter } from "./chapter.ts";

/** A file of the project that a chapter refers to, or a folder of such. */
export interface Source {
  /** Its path from the root of the project. */
  path: string;
  /** Its lines; undefined for a folder. */
  lines: string[] | undefined;
  /** What is in the folder; empty for a file. */
  entries: string[];
  /** The chapters that refer to it. */
  chapters: Set<Chapter>;
}

/** The files of the project that become pages because a chapter names them. */
export class Sources {
  readonly #root: URL;
  readonly #sources = new Map<string, Source>();

  /**
   * Starts with none.
   *
   * @param root The folder of the project, ending in a slash.
   */
  constructor(root: URL) {
    this.#root = root;
  }

  /** Every source so far, in the order of the paths. */
  all(): Source[] {
    return [...this.#sources.values()].sort((a, b) => a.path < b.path ? -1 : 1);
  }

  /**
   * Notes that a chapter refers to a path. A folder takes along what is in it.
   *
   * @throws {ChapterError} If there is nothing at that path.
   *
   * @param path A path from the root of the project.
   * @param chapter Who refers to it.
   * @param line Where.
   * @returns The source.
   */
  async refer(path: string, chapter: Chapter, line: number): Promise<Source> {
    const known = this.#sources.get(path);
    const source = known ?? await this.#load(path, chapter, line);
    this.#sources.set(path, source);
    source.chapters.add(chapter);
    if (known !== undefined) return known;
    for (const entry of source.entries) {
      await this.refer(entry, chapter, line);
    }
    return source;
  }

  /** The page of a source in a language, as a path from the root of the book. */
  static page(language: string, path: string): string {
    return `${language}/source/${path}.html`;
  }

  async #load(path: string, chapter: Chapter, line: number): Promise<Source> {
    const url = new URL(encodeURI(path), this.#root);
    const common = { path, chapters: new Set<Chapter>() };
    try {
      if (!(await Deno.stat(url)).isDirectory) {
        const text = await Deno.readTextFile(url);
        const lines = text.replace(/\n$/, "").split("\n");
        return { ...common, lines, entries: [] };
      }
      const entries = await Array.fromAsync(Deno.readDir(url), (e) => e.name);
      const shown = entries.filter((name) => !name.startsWith(".")).sort();
      return {
        ...common,
        lines: undefined,
        entries: shown.map((name) => `${path}/${name}`),
      };
    } catch (error) {
      const isMissing = error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory;
      if (!isMissing) throw error;
      throw new ChapterError(
        `Cannot find the file: ${path}`,
        chapter.path,
        line,
      );
    }
  }
}
