import { works } from "../../../tests/support/mod.ts";
import { bothSides } from "../draw/both_sides.ts";
import { sequenceDiagram } from "../draw/sequence_diagram.ts";
import type { TraceEvent } from "../draw/trace_events.ts";
import type { Language } from "../draw/words.ts";
import {
  makeRecording,
  reasonToRecord,
  recordingText,
} from "../record/recordings.ts";
import { item, type RecordedRun, type Recording } from "../record/recording.ts";

/** A recording in a chapter. */
export interface RecordingUse {
  name: string;
  /** Where it is stored, as a path from the root of the project. */
  folder: string;
  /** The language of the chapter. */
  language: Language;
  /** The picture that is drawn from it, as a path from the root of the project. */
  picture: string;
}

/** What the recordings of the chapters make necessary. */
export interface RecordingFiles {
  /** The recordings that were made, and the pictures that are drawn from them. */
  files: Map<string, string>;
  /** A line for each recording that should be made and was not. */
  outdated: string[];
}

/**
 * Makes the recordings of the chapters that are missing or do not fit their programs
 * any more. One that fits stays as it is, because two recordings always differ in
 * their times. With `isCheck` none is made: whether a recording fits must not depend
 * on how fast a machine is.
 *
 * @param uses The recordings.
 * @param root The folder of the project.
 * @param read Reads a stored recording; `null` if it is not stored.
 * @param isCheck Whether the recordings are only looked at.
 */
export async function recordingFiles(
  uses: RecordingUse[],
  root: URL,
  read: (path: string) => Promise<string | null>,
  isCheck: boolean,
): Promise<RecordingFiles> {
  const files = new Map<string, string>();
  const outdated: string[] = [];
  const recordings = new Map<string, Recording>();
  const isRunnable = Deno.build.os === "linux" && works("python3", "--version");
  const folders = new Map(uses.map(({ name, folder }) => [name, folder]));
  // One after the other, as some use port 9999.
  for (const [name, folder] of folders) {
    const path = `${folder}${name}.json`;
    const text = await read(path);
    const stored = text === null ? null : JSON.parse(text) as Recording;
    const reason = stored === null
      ? "is not there"
      : reasonToRecord(name, stored, root);
    if (stored !== null) recordings.set(name, stored);
    if (reason === null) continue;
    if (isCheck || !isRunnable) {
      outdated.push(`${path}: ${reason}`);
      continue;
    }
    const recording = await makeRecording(name, root, folder);
    recordings.set(name, recording);
    files.set(path, recordingText(recording));
  }
  for (const { name, language, picture } of uses) {
    const { deno, lib, python } = recordings.get(name)?.runs ?? {};
    const run = deno ?? lib ?? python;
    if (run === undefined) continue;
    files.set(
      picture,
      BOTH_SIDES.has(name)
        ? bothSides([traceOf(run, 0), traceOf(run, 1)], { language })
        : sequenceDiagram(traceOf(run), { language }),
    );
  }
  return { files, outdated };
}

/** The recordings whose picture shows what each side reads, which is not what was written. */
const BOTH_SIDES = new Set(["sticks"]);

/**
 * What was sent in a run, as a trace of it would show it; of one side, if it is given,
 * with what it has read.
 */
function traceOf(
  { calls, links }: RecordedRun,
  traced?: 0 | 1,
): TraceEvent[] {
  const zero = calls.find(({ link }) => link !== undefined)?.begin ?? 0;
  return calls.flatMap((call): TraceEvent[] => {
    const { op, link, side = 0, n = 0, data = "" } = call;
    if (link === undefined || side !== (traced ?? side)) return [];
    const isRead = traced !== undefined && op === "read" && n > 0;
    const what = isRead ? "bytes" : KINDS[op];
    if (what === undefined) return [];
    const { ports, transport } = item(links, link);
    const [near = 0, far = 0] = traced === 1 ? ports.toReversed() : ports;
    return [{
      time: ((isRead ? call.end ?? call.begin : call.begin) - zero) / 1000,
      transport,
      local: `127.0.0.1:${near}`,
      remote: `127.0.0.1:${far}`,
      from: side === (traced ?? 0) && !isRead ? "local" : "remote",
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
