import { ChapterError } from "../chapter_error.ts";
import { commandWords } from "./command_words.ts";
import { PortSubstitution } from "./port_substitution.ts";
import { type Outcome, type Session, typed } from "./session.ts";
import { TerminalRun } from "./terminal_run.ts";

/**
 * Runs a session: each terminal begins when those before it listen or have ended;
 * those that are to be stopped are stopped when all others have ended.
 *
 * @throws {ChapterError} If a command cannot be run, or does not end.
 *
 * @param session What is typed.
 * @param root The folder where it is typed.
 * @param change What to run instead of a command's words, for a trace of it.
 * @returns For each terminal what each of its commands did.
 */
export async function runSession(
  session: Session,
  root: URL,
  change: (words: string[]) => string[] = (words) => words,
): Promise<Outcome[][]> {
  const { terminals, path } = session;
  await using ports = new PortSubstitution();
  const runs: TerminalRun[] = [];
  let line = terminals[0]?.fence.line;
  try {
    for (const { commands, fence } of terminals) {
      line = fence.line;
      const words = commands.map((command) =>
        ports.substitute(change(commandWords(typed(command))))
      );
      const run = new TerminalRun(words, root);
      runs.push(run);
      await run.ready;
    }
    const ending = runs.filter((_, i) => terminals[i]?.isStopped !== true);
    await Promise.all(ending.map(({ outcomes }) => outcomes));
    for (const run of runs) run.stop();
    return ports.restore(
      await Promise.all(runs.map(({ outcomes }) => outcomes)),
    );
  } catch (error) {
    if (!isOfCommand(error)) throw error;
    throw new ChapterError(error.message, path, line);
  } finally {
    for (const run of runs) run.stop();
    // Their errors have been thrown above.
    await Promise.allSettled(runs.map(({ outcomes }) => outcomes));
  }
}

/** Whether the command is wrong, and not this program. */
function isOfCommand(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof SyntaxError ||
    error instanceof Deno.errors.TimedOut;
}

/** Whether a session runs Python, which may not be installed. */
export function needsPython({ terminals }: Session): boolean {
  return terminals.some(({ commands }) =>
    commands.some(({ lines: [line = ""] }) => line.startsWith("$ python3 "))
  );
}
