import { ChapterError } from "../chapter_error.ts";
import { fencesOf, joinFences, type Part, splitFences } from "./fences.ts";
import { type Picture, picturesOf } from "./pictures.ts";
import { region } from "./region.ts";
import { type Scene, scenesOf, shown } from "./scene.ts";

/** What a shell is to do with files: draw_test.ts types it, as a reader does. */
const TYPED = ["sh", "console"];

/** A chapter whose fences are filled anew. */
export class ChapterText {
  /** Its file, as a path from the root of the project. */
  readonly path: string;
  /** Its scenes, by their names. */
  readonly scenes: Map<string, Scene>;
  /** Its pictures. */
  readonly pictures: Picture[];
  readonly #parts: Part[];

  /**
   * Reads it.
   *
   * @throws {ChapterError} If a scene or a picture makes no sense.
   */
  constructor(path: string, text: string) {
    this.path = path;
    this.#parts = splitFences(text);
    this.scenes = scenesOf(path, fencesOf(this.#parts));
    this.pictures = picturesOf(path, this.#parts, this.scenes);
  }

  /**
   * Takes the programs' lines anew.
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

  /**
   * Shows what the terminals of a scene have printed.
   *
   * @throws {ChapterError} If it cannot be told from what was typed.
   */
  fillScene(scene: Scene, outputs: string[][]): void {
    for (const [i, terminal] of scene.terminals.entries()) {
      terminal.fence.body = shown(scene, terminal, outputs[i] ?? []);
    }
  }

  /** The chapter as it is now. */
  filled(): string {
    return joinFences(this.#parts);
  }
}
