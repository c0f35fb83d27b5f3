import { delay } from "@std/async/delay";
import { ChapterError } from "../chapter_error.ts";
import { commandWords } from "./command_words.ts";
import { OwnFolder } from "./own_folder.ts";
import { PortSubstitution } from "./port_substitution.ts";
import { type Outcome, type Session, typed } from "./session.ts";
import { TerminalRun } from "./terminal_run.ts";

/** How long the last line of the tutorial's server takes, in milliseconds. */
const LAST_LINE = 1_500;

/** In place of a command. */
const NO_COMMAND = { lines: [], output: [], status: 0 };

/**
 * Runs a session: each terminal begins when those before it listen or have ended;
 * those that are to be stopped are stopped when all others have ended.
 *
 * @throws {ChapterError} If a command cannot be run, or does not end.
 *
 * @param session What is typed.
 * @param root The folder where it is typed.
 * @returns For each terminal what each of its commands did.
 */
export async function runSession(
  session: Session,
  root: URL,
): Promise<Outcome[][]> {
  const { terminals, path } = session;
  await using own = makesFiles(session) ? await OwnFolder.like(root) : null;
  const folder = own?.url ?? root;
  await using ports = new PortSubstitution();
  const runs: TerminalRun[] = [];
  let line = terminals[0]?.fence.line;
  try {
    for (const { commands, fence } of terminals) {
      line = fence.line;
      const words = commands.map((command) =>
        ports.substitute(commandWords(typed(command)))
      );
      const run = new TerminalRun(words, folder);
      runs.push(run);
      await run.ready;
    }
    const ending = runs.filter((_, i) => terminals[i]?.isStopped !== true);
    await Promise.all(ending.map(({ outcomes }) => outcomes));
    if (runs.length > 1 && stopsExample(session)) await delay(LAST_LINE);
    for (const run of runs) run.stop();
    const outcomes = await Promise.all(runs.map(({ outcomes }) => outcomes));
    return ports.restore(withoutRoot(outcomes, folder));
  } catch (error) {
    if (!isOfCommand(error)) throw error;
    throw new ChapterError(error.message, path, line);
  } finally {
    for (const run of runs) run.stop();
    // Their errors have been thrown above.
    await Promise.allSettled(runs.map(({ outcomes }) => outcomes));
  }
}

/** Whether Ctrl-C ends an example: those end at once, and not as the scripts do. */
function stopsExample({ terminals }: Session): boolean {
  return terminals.some(({ isStopped, commands }) =>
    isStopped &&
    /(?:examples|book)\//.test(typed(commands.at(-1) ?? NO_COMMAND))
  );
}

/** A stack trace names files: `file:///project/…`, wherever the project is. */
function withoutRoot(outcomes: Outcome[][], { href }: URL): Outcome[][] {
  return outcomes.map((terminal) =>
    terminal.map((outcome) => ({
      ...outcome,
      text: outcome.text.replaceAll(href, "file:///project/"),
    }))
  );
}

/** Whether the command is wrong, and not this program. */
function isOfCommand(error: unknown): error is Error {
  return error instanceof RangeError || error instanceof SyntaxError ||
    error instanceof Deno.errors.TimedOut;
}

/** Whether a session makes files: a certificate and its key. */
function makesFiles(session: Session): boolean {
  return programsOf(session).has("openssl");
}

/**
 * The programs that a session runs, which may not be installed: what is typed, and what
 * an example is allowed to run.
 */
export function programsOf({ terminals }: Session): Set<string> {
  const commands = terminals.flatMap(({ commands }) => commands);
  return new Set(commands.flatMap((command) => {
    const [program = "", ...args] = typed(command).replaceAll('"', "").split(
      " ",
    );
    const [, allowed] = /^--allow-run=(.*)$/.exec(
      args.find((word) => word.startsWith("--allow-run=")) ?? "",
    ) ?? [];
    return [program, ...allowed?.split(",") ?? []];
  }));
}

/** Whether a session uses IPv6, which many containers do not have. */
export function needsIPv6({ terminals }: Session): boolean {
  return terminals.some(({ commands }) =>
    commands.some((command) => / ::1(?: |$)|\[::1\]/.test(typed(command)))
  );
}
