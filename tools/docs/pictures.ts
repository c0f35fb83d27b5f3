import { ChapterError } from "../chapter_error.ts";
import { type Language, WORDS } from "../draw/words.ts";
import { sequenceDiagram } from "../draw/sequence_diagram.ts";
import { parseTrace } from "../draw/trace_events.ts";
import { commandWords } from "./command_words.ts";
import type { Part } from "./fences.ts";
import { runScene } from "./run_scene.ts";
import { type Scene, typed } from "./scene.ts";

const IMAGE = /!\[[^\]]*\]\(pictures\/([\w-]+)\.svg\)/g;
const CLIENT = /^(?:tcp|udp)_client\.ts$/;
const TRACE = "--trace";

/** A picture of a scene, in a chapter. */
export interface Picture {
  /** What it shows. */
  scene: Scene;
  /** Its file, as a path from the root of the project. */
  path: string;
  /** The language of its words. */
  language: Language;
}

/**
 * The pictures of a chapter that show a scene of it.
 *
 * @throws {ChapterError} If there is no such scene.
 *
 * @param path The chapter's file.
 * @param parts What it is made of.
 * @param scenes Its scenes.
 */
export function picturesOf(
  path: string,
  parts: Part[],
  scenes: Map<string, Scene>,
): Picture[] {
  const text = parts.filter((part) => typeof part === "string").join("\n");
  const [, language = ""] = path.split("/");
  return Array.from(text.matchAll(IMAGE), ([, name = ""]) => {
    const scene = scenes.get(name);
    if (scene === undefined || !(language in WORDS)) {
      throw new ChapterError(`Cannot find the scene of ${name}.svg`, path);
    }
    return {
      scene,
      path: `docs/${language}/pictures/${name}.svg`,
      language: language as Language,
    };
  });
}

/**
 * Runs a scene with a trace of one command: the one that has `--trace`, or that of
 * the last client.
 *
 * @throws {ChapterError} If there is neither.
 *
 * @param scene The scene.
 * @param root The folder where it is run.
 * @returns The trace.
 */
export async function traceScene(scene: Scene, root: URL): Promise<string> {
  const commands = scene.terminals.flatMap(({ commands }, terminal) =>
    commands.map((lines, command) => ({
      terminal,
      command,
      text: typed(lines),
      words: commandWords(typed(lines)),
    }))
  );
  const traced = commands.find(({ words }) => words.includes(TRACE)) ??
    commands.findLast(({ words }) => words.some((word) => CLIENT.test(word)));
  if (traced === undefined) {
    throw new ChapterError(`Cannot trace the scene ${scene.name}`, scene.path);
  }
  const outputs = await runScene(scene, root, (words) => {
    const isIt = words.join("\0") === traced.words.join("\0");
    const script = words.findIndex((word) => CLIENT.test(word));
    return isIt && script !== -1
      ? words.toSpliced(script + 1, 0, TRACE)
      : words;
  });
  return outputs[traced.terminal]?.[traced.command] ?? "";
}

/** Draws what a scene's trace says. */
export function draw(trace: string, { language }: Picture): string {
  return sequenceDiagram(parseTrace(trace), { language });
}
