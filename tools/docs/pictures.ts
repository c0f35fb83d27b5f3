import { ChapterError } from "../chapter_error.ts";
import { type Language, WORDS } from "../draw/words.ts";
import { sequenceDiagram } from "../draw/sequence_diagram.ts";
import { parseTrace } from "../draw/trace_events.ts";
import { commandWords } from "./command_words.ts";
import type { Part } from "./fences.ts";
import { runSession } from "./run_session.ts";
import { checkOutcomes, type Session, typed } from "./session.ts";

const IMAGE = /!\[[^\]]*\]\(pictures\/([\w-]+)\.svg\)/g;
const CLIENT = /^(?:tcp|udp)_client\.ts$/;
const TRACE = "--trace";

/** A picture of a session, in a chapter. */
export interface Picture {
  /** What it shows. */
  session: Session;
  /** Its file, as a path from the root of the project. */
  path: string;
  /** The language of its words. */
  language: Language;
}

/**
 * The pictures of a chapter that show one of its sessions.
 *
 * @throws {ChapterError} If there is no such session.
 *
 * @param path The chapter's file.
 * @param parts Its text and fences.
 * @param sessions Its sessions.
 */
export function picturesOf(
  path: string,
  parts: Part[],
  sessions: Map<string, Session>,
): Picture[] {
  const text = parts.filter((part) => typeof part === "string").join("\n");
  const [, language = ""] = path.split("/");
  return Array.from(text.matchAll(IMAGE), ([, name = ""]) => {
    const session = sessions.get(name);
    if (session === undefined || !(language in WORDS)) {
      throw new ChapterError(`Cannot find the session of ${name}.svg`, path);
    }
    return {
      session,
      path: `docs/${language}/pictures/${name}.svg`,
      language: language as Language,
    };
  });
}

/**
 * Runs a session with a trace of one command: the one that has `--trace`, or else
 * the last client.
 *
 * @throws {ChapterError} If there is neither, or a command newly failed.
 *
 * @param session The session.
 * @param root The folder where it is run.
 * @returns The trace.
 */
export async function traceSession(
  session: Session,
  root: URL,
): Promise<string> {
  const commands = session.terminals.flatMap(({ commands }, terminal) =>
    commands.map((command, index) => ({
      terminal,
      index,
      words: commandWords(typed(command)),
    }))
  );
  const traced = commands.find(({ words }) => words.includes(TRACE)) ??
    commands.findLast(({ words }) => words.some((word) => CLIENT.test(word)));
  if (traced === undefined) {
    throw new ChapterError(
      `Cannot trace the session ${session.name}: it has no client`,
      session.path,
    );
  }
  const outcomes = await runSession(session, root, (words) => {
    const isTraced = words.join("\0") === traced.words.join("\0");
    const script = words.findIndex((word) => CLIENT.test(word));
    return isTraced && script !== -1
      ? words.toSpliced(script + 1, 0, TRACE)
      : words;
  });
  checkOutcomes(session, outcomes);
  return outcomes[traced.terminal]?.[traced.index]?.text ?? "";
}

/** Draws the trace of a session. */
export function draw(trace: string, { language }: Picture): string {
  return sequenceDiagram(parseTrace(trace), { language });
}
