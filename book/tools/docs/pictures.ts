import { ChapterError } from "../chapter_error.ts";
import { DIAGRAMS } from "../draw/diagrams.ts";
import type { Language } from "../draw/words.ts";
import { sequenceDiagram } from "../draw/sequence_diagram.ts";
import { parseTrace, type TraceEvent } from "../draw/trace_events.ts";
import { commandWords } from "./command_words.ts";
import { RECORDINGS } from "../record/recordings.ts";
import type { Part } from "./fences.ts";
import { folderOf, type PageFile } from "./pages.ts";
import type { RecordingUse } from "./recording_files.ts";
import { runSession } from "./run_session.ts";
import { checkOutcomes, type Session, typed } from "./session.ts";

const IMAGE = /!\[[^\]]*\]\(pictures\/([\w-]+)\.(\w+)\.svg\)/g;
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
 * @param page The chapter's file.
 * @param parts Its text and fences.
 * @param sessions Its sessions.
 */
export function picturesOf(
  page: PageFile,
  parts: Part[],
  sessions: Map<string, Session>,
): Picture[] {
  const names = namesIn(page, parts).filter((name) =>
    !(name in DIAGRAMS) && (!(name in RECORDINGS) || sessions.has(name))
  );
  return names.map((name) => {
    const session = sessions.get(name);
    if (session === undefined) {
      const what = `Cannot find the session of ${name}`;
      throw new ChapterError(what, page.path);
    }
    return {
      session,
      path: pictureOf(name, page),
      language: page.language,
    };
  });
}

/**
 * The pictures of a chapter that show no session: the diagrams, by their paths.
 *
 * @param page The chapter's file.
 * @param parts Its text and fences.
 */
export function diagramsOf(
  page: PageFile,
  parts: Part[],
): Map<string, string> {
  return new Map(
    namesIn(page, parts).flatMap((name) => {
      const diagram = DIAGRAMS[name];
      return diagram === undefined ? [] : [[
        pictureOf(name, page),
        diagram(page.language),
      ]];
    }),
  );
}

/**
 * The recordings of a chapter, which the site plays: the pictures with their names. A
 * name that is no session's is drawn from the recording.
 */
export function recordingsIn(
  page: PageFile,
  parts: Part[],
  sessions: Map<string, Session>,
): RecordingUse[] {
  const names = namesIn(page, parts).filter((name) => name in RECORDINGS);
  return names.map((name) => ({
    name,
    folder: `${folderOf(page)}recordings/`,
    language: page.language,
    picture: sessions.has(name) ? null : pictureOf(name, page),
  }));
}

/** The file of a picture, as a path from the root of the project. */
function pictureOf(name: string, page: PageFile): string {
  return `${folderOf(page)}pictures/${name}.${page.language}.svg`;
}

/** The names of all pictures in a chapter that are in its language. */
function namesIn({ language }: PageFile, parts: Part[]): string[] {
  const text = parts.filter((part) => typeof part === "string").join("\n");
  return [...text.matchAll(IMAGE)].flatMap(([, name = "", inLanguage]) =>
    inLanguage === language ? [name] : []
  );
}

/**
 * Runs a session with a trace of one command: the one that has `--trace`, or else
 * the last client.
 *
 * @throws {ChapterError} If there is neither, or a command newly failed.
 *
 * @param session The session.
 * @param root The folder where it is run.
 * @returns The events of each command that has written a trace.
 */
export async function traceSession(
  session: Session,
  root: URL,
): Promise<TraceEvent[][]> {
  const commands = session.terminals.flatMap(({ commands }) =>
    commands.map((command) => ({ words: commandWords(typed(command)) }))
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
  return outcomes.flat().map(({ text }) => parseTrace(text))
    .filter((events) => events.length > 0);
}

/** Draws a session: the trace of one command. */
export function draw([events = []]: TraceEvent[][], { language }: Picture) {
  return sequenceDiagram(events, { language });
}
