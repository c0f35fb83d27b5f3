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
 * Some scenes tell how long something takes. A machine that runs several of them
 * may be late, so what has changed is run once more, alone, and that counts.
 *
 * @throws {ChapterError} If a scene cannot be run.
 *
 * @param runs The scenes.
 * @param root The folder where they run.
 * @param read Reads a picture as it is; `null` if there is none.
 * @returns The pictures, by their paths.
 */
export async function perform(
  runs: Run[],
  root: URL,
  read: (path: string) => Promise<string | null>,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const show = async ({ scene, shown }: Run) => {
    const outputs = await runScene(scene, root);
    let isChanged = false;
    for (const { chapter, scene } of shown) {
      const before = chapter.filled();
      chapter.fillScene(scene, outputs);
      isChanged ||= chapter.filled() !== before;
    }
    return isChanged;
  };
  const paint = async ({ scene, pictures }: Run) => {
    const trace = pictures.length > 0 ? await traceScene(scene, root) : "";
    let isChanged = false;
    for (const picture of pictures) {
      const svg = draw(trace, picture);
      files.set(picture.path, svg);
      isChanged ||= await read(picture.path) !== svg;
    }
    return isChanged;
  };
  const jobs = runs.flatMap((run) => [() => show(run), () => paint(run)]);
  const changed: typeof jobs = [];
  await inTurn(jobs, AT_ONCE, async (job) => {
    if (await job()) changed.push(job);
  });
  await inTurn(changed, 1, (job) => job());
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
