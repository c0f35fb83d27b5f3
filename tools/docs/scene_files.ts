import { works } from "../../tests/support/process.ts";
import { sequenceDiagram } from "../draw/sequence_diagram.ts";
import type { TraceEvent } from "../draw/trace_events.ts";
import type { Language } from "../draw/words.ts";
import {
  FOLDER,
  isSameScene,
  recordScene,
  sceneText,
} from "../record/scenes.ts";
import type { Scene, Take } from "../record/take.ts";
import { inTurn } from "./in_turn.ts";

/** A scene in a chapter. */
export interface SceneUse {
  name: string;
  /** The language of the chapter. */
  language: Language;
  /** The picture that is drawn from it, if no session has that name. */
  picture: string | null;
}

/** How many scenes are recorded at once: most of the time they wait. */
const AT_ONCE = 3;

/**
 * Records the scenes of some chapters.
 *
 * A recording that shows the same as the stored one leaves it as it is, because two
 * recordings always differ in their times. One that differs is made once more,
 * alone, and that one counts.
 *
 * @param uses The scenes.
 * @param root The folder of the project.
 * @param read Reads a stored scene; `null` if there is none.
 * @returns The files: the scenes, and the pictures that are drawn from them.
 */
export async function sceneFiles(
  uses: SceneUse[],
  root: URL,
  read: (path: string) => Promise<string | null>,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const isRunnable = Deno.build.os === "linux" && works("python3", "--version");
  const names = new Set(uses.map(({ name }) => name));
  const again: string[] = [];
  const scenes = new Map<string, Scene>();
  const attempt = async (name: string): Promise<boolean> => {
    const path = `${FOLDER}${name}.json`;
    const text = await read(path);
    const stored = text === null ? null : JSON.parse(text) as Scene;
    const scene = isRunnable ? await recordScene(name, root) : stored;
    const isSame = scene !== null && stored !== null &&
      isSameScene(scene, stored);
    if (scene === null) return true;
    scenes.set(name, isSame ? stored : scene);
    files.set(path, isSame ? text! : sceneText(scene));
    return isSame;
  };
  await inTurn([...names], AT_ONCE, async (name) => {
    if (!await attempt(name)) again.push(name);
  });
  await inTurn(again, 1, async (name) => {
    await attempt(name);
  });
  for (const { name, language, picture } of uses) {
    const take = Object.values(scenes.get(name)?.takes ?? {}).at(-1);
    if (picture === null || take === undefined) continue;
    files.set(picture, sequenceDiagram(traceOf(take), { language }));
  }
  return files;
}

/** What was sent in a take, as a trace of it would show it. */
export function traceOf({ calls, links }: Take): TraceEvent[] {
  const zero = calls.find(({ link }) => link !== undefined)?.begin ?? 0;
  return calls.flatMap((call): TraceEvent[] => {
    const { op, link, side, n = 0, data = "" } = call;
    const what = KINDS[op];
    if (what === undefined || link === undefined) return [];
    const { ports, transport } = links[link]!;
    const [local, remote] = ports.map((port) => `127.0.0.1:${port}`);
    return [{
      time: (call.begin - zero) / 1000,
      transport,
      local: local!,
      remote: remote!,
      from: side === 0 ? "local" : "remote",
      what,
      length: n,
      bytes: Uint8Array.fromHex(data),
    }];
  });
}

/** What the calls are called in a trace. */
const KINDS: Record<string, TraceEvent["what"]> = {
  connect: "open",
  write: "bytes",
  send: "bytes",
  sendall: "bytes",
  sendto: "bytes",
  closeWrite: "end",
  shutdown: "end",
  close: "close",
};
