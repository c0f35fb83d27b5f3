import type { ChapterText } from "./chapter_text.ts";
import { inTurn } from "./in_turn.ts";
import { draw, type Picture, traceScene } from "./pictures.ts";
import { needsPython, runScene } from "./run_scene.ts";
import { type Scene, typed } from "./scene.ts";

/** What one run of a scene is good for: chapters of both languages, and pictures. */
export interface Run {
  /** What is run. */
  scene: Scene;
  /** Where it is shown. */
  shown: { chapter: ChapterText; scene: Scene }[];
  /** What is drawn from it. */
  pictures: Picture[];
}

/** Most of the time they wait for something, and not for a processor. */
const AT_ONCE = 4;

/**
 * What is to be run for some chapters: scenes that type the same are run once.
 *
 * @param chapters The chapters.
 * @returns A run for each scene.
 */
export function runsOf(chapters: ChapterText[]): Run[] {
  const runs = new Map<string, Run>();
  for (const chapter of chapters) {
    for (const scene of chapter.scenes.values()) {
      const key = JSON.stringify(scene.terminals.map((terminal) => [
        terminal.commands.map(typed),
        terminal.isStopped,
      ]));
      const run = runs.get(key) ?? { scene, shown: [], pictures: [] };
      run.shown.push({ chapter, scene });
      run.pictures.push(...chapter.pictures.filter((p) => p.scene === scene));
      runs.set(key, run);
    }
  }
  return [...runs.values()];
}

/**
 * Runs the scenes, shows in the chapters what they have printed, and draws the
 * pictures.
 *
 * @throws {ChapterError} If a scene cannot be run.
 *
 * @param runs The scenes.
 * @param root The folder where they run.
 * @returns The pictures, by their paths.
 */
export async function perform(
  runs: Run[],
  root: URL,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const jobs = runs.flatMap(({ scene, shown, pictures }) => [
    async () => {
      const outputs = await runScene(scene, root);
      for (const { chapter, scene } of shown) chapter.fillScene(scene, outputs);
    },
    async () => {
      if (pictures.length === 0) return;
      const trace = await traceScene(scene, root);
      for (const picture of pictures) {
        files.set(picture.path, draw(trace, picture));
      }
    },
  ]);
  await inTurn(jobs, AT_ONCE, (job) => job());
  return files;
}

/**
 * Takes out what cannot be run on this machine.
 *
 * @param runs What is to be run.
 * @param note Called with what is taken out, and why.
 * @returns The others.
 */
export function runnable(runs: Run[], note: (line: string) => void): Run[] {
  const { os } = Deno.build;
  const noPython = !works("python3", "--version");
  return runs.filter(({ scene }) => {
    const refusal = os !== "linux"
      ? `what it prints is Linux's, and this is ${os}`
      : needsPython(scene) && noPython
      ? "there is no python3"
      : null;
    if (refusal !== null) note(`Skipped: ${scene.name}: ${refusal}`);
    return refusal === null;
  });
}

function works(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
