import { ChapterError } from "../chapter_error.ts";
import { commandWords } from "./command_words.ts";
import { type Scene, typed } from "./scene.ts";
import { StandIn } from "./stand_in.ts";
import { TerminalRun } from "./terminal_run.ts";

/**
 * Runs a scene: each terminal begins when those before it listen or have ended;
 * those that are to be stopped are stopped when all others have ended.
 *
 * @throws {ChapterError} If a command cannot be run, or does not end.
 *
 * @param scene What is typed.
 * @param root The folder where it is typed.
 * @param change What to run instead of a command's words, for a trace of it.
 * @returns For each terminal what each of its commands has printed.
 */
export async function runScene(
  scene: Scene,
  root: URL,
  change: (words: string[]) => string[] = (words) => words,
): Promise<string[][]> {
  const { terminals, path } = scene;
  await using standIn = new StandIn();
  const runs: TerminalRun[] = [];
  let line = terminals[0]?.fence.line;
  try {
    for (const { commands, fence } of terminals) {
      line = fence.line;
      const words = commands.map((lines) =>
        standIn.enter(change(commandWords(typed(lines))))
      );
      const run = new TerminalRun(words, root);
      runs.push(run);
      await run.ready;
    }
    await Promise.all(runs.filter(goesOn).map(({ outputs }) => outputs));
    for (const run of runs) run.stop();
    const outputs = await Promise.all(runs.map(({ outputs }) => outputs));
    return standIn.leave(outputs);
  } catch (error) {
    if (!isOfCommand(error)) throw error;
    throw new ChapterError(error.message, path, line);
  } finally {
    for (const run of runs) run.stop();
    // Each has told already what became of it.
    await Promise.allSettled(runs.map(({ outputs }) => outputs));
  }

  function goesOn(_: TerminalRun, i: number): boolean {
    return terminals[i]?.isStopped !== true;
  }
}

/** Whether it is the command that is wrong, and not this program. */
function isOfCommand(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof SyntaxError ||
    error instanceof Deno.errors.TimedOut;
}

/** Whether a scene has a program that is not Deno's: it may not be installed. */
export function needsPython({ terminals }: Scene): boolean {
  return terminals.some(({ commands }) =>
    commands.some(([line = ""]) => line.startsWith("$ python3 "))
  );
}
