import { ChapterError } from "../chapter_error.ts";
import type { Fence } from "./fences.ts";

/** A terminal, and what is typed there. */
export interface Terminal {
  /** The fence that shows it. */
  fence: Fence;
  /** What is typed, one command after the other, as it stands in the chapter. */
  commands: string[][];
  /** Whether Ctrl-C ends the last of them, when all others have ended. */
  isStopped: boolean;
}

/** Terminals of one conversation. */
export interface Scene {
  /** Its name, one of its chapter. */
  name: string;
  /** The chapter's file. */
  path: string;
  /** In the order in which they begin. */
  terminals: Terminal[];
}

const PROMPT = "$ ";
const MORE = "> ";
const STOP = "^C";

/**
 * Finds the scenes of a chapter: the fences `console SCENE TERMINAL`.
 *
 * @throws {ChapterError} If a fence has no scene, or types nothing.
 *
 * @param path The chapter's file.
 * @param fences Its fences.
 * @returns The scenes, by their names.
 */
export function scenesOf(path: string, fences: Fence[]): Map<string, Scene> {
  const scenes = new Map<string, Scene>();
  for (const fence of fences) {
    const [language, name, terminal] = fence.info;
    if (language !== "console") continue;
    if (name === undefined || terminal === undefined) {
      throw new ChapterError(
        "Cannot tell the scene and the terminal of a console",
        path,
        fence.line,
      );
    }
    const scene = scenes.get(name) ?? { name, path, terminals: [] };
    scene.terminals.push(terminalOf(path, fence));
    scenes.set(name, scene);
  }
  return scenes;
}

function terminalOf(path: string, fence: Fence): Terminal {
  const commands: string[][] = [];
  let isOpen = false;
  for (const line of fence.body) {
    if (!isOpen && line.startsWith(PROMPT)) commands.push([line]);
    else if (isOpen && line.startsWith(MORE)) commands.at(-1)?.push(line);
    else continue; // What came back the last time.
    // An odd number of quotes opens a quotation, or ends it.
    if (line.split("'").length % 2 === 0) isOpen = !isOpen;
  }
  if (commands.length === 0 || isOpen) {
    const what = isOpen ? "the end of a command" : "a command";
    throw new ChapterError(`Cannot find ${what}`, path, fence.line);
  }
  return { fence, commands, isStopped: fence.body.at(-1) === STOP };
}

/** A command as the shell would get it, without the prompts. */
export function typed(lines: string[]): string {
  return lines.map((line) => line.slice(PROMPT.length)).join("\n");
}

/**
 * What a terminal shows: its commands, each with what came back.
 *
 * @throws {ChapterError} If what came back looks like a command.
 *
 * @param scene Whose terminal it is.
 * @param terminal The terminal.
 * @param outputs What came back, for each command.
 * @returns The lines.
 */
export function shown(
  { path }: Scene,
  { fence, commands, isStopped }: Terminal,
  outputs: string[],
): string[] {
  const lines = commands.flatMap((command, i) => {
    const output = outputs[i]?.trimEnd() ?? "";
    const came = output === "" ? [] : output.split("\n");
    const wrong = came.find((line) => line.startsWith(PROMPT));
    if (wrong !== undefined) {
      throw new ChapterError(
        `Cannot tell from a command: ${wrong}`,
        path,
        fence.line,
      );
    }
    return [...command, ...came];
  });
  return isStopped ? [...lines, STOP] : lines;
}
