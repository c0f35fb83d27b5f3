/** What tests compare of a step: the marked lines, and the state of each link. */

import type { Call, RecordedRun } from "../tools/record/recording.ts";
import type { Piece, Side } from "../tools/record/ends.ts";
import type { Step } from "../tools/record/steps.ts";

const SIDES: readonly Side[] = [0, 1];

/** A line in which a program waits, or which has just run. */
export interface Wait {
  line: number;
  op: string;
  /** Whether it waits; otherwise the line has just run. */
  isWaiting: boolean;
}

/** The lines of each program that are marked. */
export function waitsOf({ pending, program, call }: Step): Wait[][] {
  const waitOf = ({ op, line }: Call, isWaiting: boolean) => (
    { op, line, isWaiting }
  );
  return pending.map((calls, p) => {
    const all = calls.map((call) => waitOf(call, true));
    const isNow = program === p && call !== undefined && call.line > 0;
    return isNow ? [waitOf(call, false), ...all] : all;
  });
}

/** For each link, what each end has sent that the other end has not read. */
export function buffersOf(
  { links }: RecordedRun,
  step: Step,
): [Piece[], Piece[]][] {
  return links.map((_, link) => [
    [...step.end(link, 1).pieces],
    [...step.end(link, 0).pieces],
  ]);
}

/** Whether each connection is not made yet, open, or closed at both ends. */
export function connectionsOf(
  { links }: RecordedRun,
  step: Step,
): ("none" | "open" | "closed")[] {
  return links.map(({ transport }, link) => {
    if (transport === "UDP") return "open";
    const ends = SIDES.map((side) => step.end(link, side));
    if (!ends.some(({ isMade }) => isMade)) return "none";
    return ends.every(({ isClosed }) => isClosed) ? "closed" : "open";
  });
}
