import { ChapterError } from "../chapter_error.ts";
import type { Fence } from "./fences.ts";

/** A command of a chapter, and what the chapter shows below it. */
export interface Command {
  /** Its lines, with their prompts. */
  lines: string[];
  /** The output that the chapter shows; empty in a fence that was never filled. */
  output: string[];
  /** The exit status that the chapter shows. */
  status: number;
}

/** What a command did when it was run. */
export interface Outcome {
  /** What it printed on both streams. */
  text: string;
  /** Its exit status. */
  status: number;
  /** Whether Ctrl-C ended it. */
  isStopped: boolean;
}

/** A terminal, and what is typed there. */
export interface Terminal {
  /** Its name, unique in its session. */
  name: string;
  /** The fence that shows it. */
  fence: Fence;
  /** What is typed, one command after the other. */
  commands: Command[];
  /** Whether Ctrl-C ends the last command once all other terminals have ended. */
  isStopped: boolean;
}

/** Terminals that are used together. */
export interface Session {
  /** Its name, unique in its chapter. */
  name: string;
  /** The chapter's file. */
  path: string;
  /** In the order in which they begin. */
  terminals: Terminal[];
}

const PROMPT = "$ ";
const CONTINUED = "> ";
const STOP = "^C";
const STATUS = /^\(exit status (\d+)\)$/;

/** The first line of a stack trace, of Deno and of Python. */
const CRASH = /^(?:error: Uncaught |Traceback \(most recent call last\))/;

/** How much of a command an error shows, in characters. */
const LONGEST = 80;

/** Ctrl-C ends a program that has no handler for it with this status. */
const INTERRUPTED = 130;

/**
 * Finds the sessions of a chapter: the fences `console SESSION TERMINAL`.
 *
 * @throws {ChapterError} If a fence has no session, or no command.
 *
 * @param path The chapter's file.
 * @param fences Its fences.
 * @returns The sessions, by their names.
 */
export function sessionsOf(
  path: string,
  fences: Fence[],
): Map<string, Session> {
  const sessions = new Map<string, Session>();
  for (const fence of fences) {
    const [language, name, terminal] = fence.info;
    if (language !== "console") continue;
    if (name === undefined || terminal === undefined) {
      throw new ChapterError(
        "Cannot find the names of session and terminal after console",
        path,
        fence.line,
      );
    }
    const session = sessions.get(name) ?? { name, path, terminals: [] };
    session.terminals.push(terminalOf(path, terminal, fence));
    sessions.set(name, session);
  }
  return sessions;
}

function terminalOf(path: string, name: string, fence: Fence): Terminal {
  const commands: Command[] = [];
  const isStopped = fence.body.at(-1) === STOP;
  let isOpen = false;
  for (const line of isStopped ? fence.body.slice(0, -1) : fence.body) {
    const command = commands.at(-1);
    if (!isOpen && line.startsWith(PROMPT)) {
      commands.push({ lines: [line], output: [], status: 0 });
    } else if (isOpen && line.startsWith(CONTINUED)) {
      command?.lines.push(line);
    } else {
      const status = STATUS.exec(line)?.[1];
      if (status === undefined) command?.output.push(line);
      else if (command !== undefined) command.status = Number(status);
      continue;
    }
    // An odd number of quotes opens a quotation, or ends it.
    if (line.split("'").length % 2 === 0) isOpen = !isOpen;
  }
  if (commands.length === 0 || isOpen) {
    const what = isOpen ? "the end of a command" : "a command";
    throw new ChapterError(`Cannot find ${what}`, path, fence.line);
  }
  return { name, fence, commands, isStopped };
}

/** A command as the shell would get it, without the prompts. */
export function typed({ lines }: Command): string {
  return lines.map((line) => line.slice(PROMPT.length)).join("\n");
}

/**
 * Checks that each command did what the chapter expects of it: it ended with the
 * exit status that the chapter shows, and without a stack trace that the chapter
 * does not show.
 *
 * @throws {ChapterError} If one did not.
 *
 * @param session The session, as the chapter has it.
 * @param outcomes For each terminal what each of its commands did.
 */
export function checkOutcomes(session: Session, outcomes: Outcome[][]): void {
  for (const [i, terminal] of session.terminals.entries()) {
    for (const [j, command] of terminal.commands.entries()) {
      const outcome = outcomes[i]?.[j];
      const problem = outcome === undefined
        ? "was not run, because the session ended before it"
        : problemOf(command, outcome);
      if (problem === null) continue;
      throw new ChapterError(
        `Session ${session.name}, terminal ${terminal.name}: ${
          shortened(command)
        } ${problem}`,
        session.path,
        terminal.fence.line,
      );
    }
  }
}

/** A command in quotes; of one that is long, its beginning and its end. */
function shortened(command: Command): string {
  const text = JSON.stringify(typed(command));
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, LONGEST / 2)} … ${text.slice(-LONGEST / 2)}`;
}

function problemOf(command: Command, outcome: Outcome): string | null {
  const { text, status, isStopped } = outcome;
  const lines = text.trimEnd().split("\n");
  const crash = lines.find((line) => CRASH.test(line));
  const isShown = command.output.some((line) => CRASH.test(line));
  if (crash !== undefined && !isShown) return `crashed: ${crash}`;
  if (status === command.status) return null;
  if (isStopped && status === INTERRUPTED) return null;
  const last = lines.at(-1) ?? "";
  return `ended with exit status ${status}, and the chapter expects ${command.status}` +
    (last === "" ? "" : `: ${last}`);
}

/**
 * What a terminal shows: its commands, each with its output.
 *
 * @throws {ChapterError} If a line of the output looks like a command.
 *
 * @param session The session of the terminal.
 * @param terminal The terminal.
 * @param outcomes What each command did.
 * @returns The lines.
 */
export function shown(
  { path }: Session,
  { fence, commands, isStopped }: Terminal,
  outcomes: Outcome[],
): string[] {
  const shown = commands.flatMap(({ lines }, i) => {
    const outcome = outcomes[i];
    // A terminal shows CR LF, the line end of HTTP, as it shows LF.
    const text = outcome?.text.replaceAll("\r\n", "\n").trimEnd() ?? "";
    const output = text === "" ? [] : text.split("\n");
    const wrong = output.find((line) => line.startsWith(PROMPT));
    if (wrong !== undefined) {
      throw new ChapterError(
        `Cannot tell this output from a command: ${wrong}`,
        path,
        fence.line,
      );
    }
    const isFailed = outcome !== undefined && outcome.status !== 0 &&
      !outcome.isStopped;
    const status = isFailed ? [`(exit status ${outcome.status})`] : [];
    return [...lines, ...output, ...status];
  });
  return isStopped ? [...shown, STOP] : shown;
}
