/**
 * The steps of a run, and what each shows. The player uses this in the browser,
 * so it imports nothing but types.
 */
import type { Call, RecordedRun } from "./recording.ts";

/** What happens in a step. */
export interface Step {
  /** In milliseconds. */
  at: number;
  program: number;
  /** The call that begins or is done; left out if the program ends. */
  call?: Call;
  /** What each program is doing once it has happened. */
  waits: Wait[][];
  /** For each link, what each end has sent that the other end has not read. */
  buffers: [Piece[], Piece[]][];
  /** The programs that have ended. */
  ended: boolean[];
}

/** A line in which a program is waiting, or is working in this step. */
export interface Wait {
  line: number;
  op: string;
  /** Whether it waits; otherwise the line has just run. */
  isWaiting: boolean;
  /** The connection, if it is known by now. */
  link?: number;
  ms?: number;
}

/** Bytes that are on their way. */
export interface Piece {
  n: number;
  data: string;
}

const WAITING = [
  "accept",
  "connect",
  "read",
  "receive",
  "recv",
  "recvfrom",
  "sleep",
  "timer",
];
const SENDING = ["write", "send", "sendall", "sendto"];
const READING = ["read", "receive", "recv", "recvfrom"];

/** A call that has waited for longer than this is shown where it began, too. */
const AT_ONCE = 50;

/** Whether a call sends bytes. */
export const isSend = ({ op }: Call) => SENDING.includes(op);

/** Whether a call receives bytes. */
export const isRead = ({ op }: Call) => READING.includes(op);

/** Whether a call waits: then it is a step when it is done; `connect` is sent. */
const waits = ({ op }: Call) => WAITING.includes(op);

/**
 * The steps of a run.
 *
 * A step is a call that is done, or for one that does not wait, that begins. Calls
 * in which a program then waits belong to the step that led to them.
 */
export function stepsOf(run: RecordedRun): Step[] {
  type Event = { at: number; program: number; call?: Call };
  const events: Event[] = run.calls.flatMap((call) => {
    const { program, begin, end, op } = call;
    // That it was cleared says nothing; that it ran is the call in it.
    if (op === "timer" || call.isCleared) return [];
    // A connection that is refused or times out is seen when it fails.
    const isSent = op === "connect" && call.error === undefined;
    if (!waits(call) || isSent) return [{ at: begin, program, call }];
    return end === undefined ? [] : [{ at: end, program, call }];
  });
  for (const [program, { end }] of run.programs.entries()) {
    events.push({ at: end, program });
  }
  events.sort((a, b) => a.at - b.at);
  // Where each waiting call shows: after the event of its program before it, or
  // when it began, if the program had something else to do.
  const shownFrom = new Map(run.calls.map((call) => {
    const before = events.findLastIndex(({ at, program }) =>
      program === call.program && at <= call.begin
    );
    const isClose = call.begin - (events[before]?.at ?? -Infinity) < AT_ONCE;
    const byTime = events.findLastIndex(({ at }) => at <= call.begin);
    return [call, isClose ? before : byTime];
  }));
  const buffers: [Piece[], Piece[]][] = run.links.map(() => [[], []]);
  /** The ends of links that are closed, each as its link and side. */
  const closed = new Set<string>();
  return events.map((event, i): Step => {
    const { at, program, call } = event;
    if (call !== undefined) move(call, run, buffers);
    // What nobody can read any more is thrown away.
    for (const end of endsClosedBy(event, run)) closed.add(end);
    for (const end of closed) {
      const [link, side] = end.split(" ").map(Number);
      buffers[link!]![side === 0 ? 1 : 0] = [];
    }
    return {
      ...event,
      waits: run.programs.map((_, p) => {
        const pending = run.calls.filter((other) =>
          other.program === p && waits(other) && shownFrom.get(other)! <= i &&
          other !== call && (other.end ?? Infinity) > at
        );
        const marks: Wait[] = pending.map(({ op, line, link, ms }) => ({
          op,
          line,
          isWaiting: true,
          ...(link === undefined || op === "accept" ? {} : { link }),
          ...(ms === undefined ? {} : { ms }),
        }));
        if (run.programs[p]!.end <= at) return [];
        if (program === p && call !== undefined) {
          const { op, line, link } = call;
          marks.unshift({
            op,
            line,
            isWaiting: false,
            ...(link === undefined ? {} : { link }),
          });
        }
        return marks;
      }),
      buffers: structuredClone(buffers),
      ended: run.programs.map(({ end }) => end <= at),
    };
  });
}

/** The ends of links that are closed by a call, or by the end of a program. */
function endsClosedBy(
  { call, program }: { call?: Call; program: number },
  { links }: RecordedRun,
): string[] {
  if (call === undefined) {
    return links.flatMap(({ programs }, link) =>
      ([0, 1] as const).filter((side) => programs[side] === program)
        .map((side) => `${link} ${side}`)
    );
  }
  const { op, link, side } = call;
  return op === "close" && link !== undefined ? [`${link} ${side}`] : [];
}

/** What a call moves into a buffer or out of it. */
function move(
  call: Call,
  run: RecordedRun,
  buffers: [Piece[], Piece[]][],
): void {
  const { link, side, n = 0, data = "" } = call;
  if (link === undefined || side === undefined || n === 0) return;
  if (call.error !== undefined) return;
  const both = buffers[link]!;
  if (isSend(call)) both[side].push({ n, data });
  if (!isRead(call)) return;
  const pieces = both[side === 0 ? 1 : 0];
  if (run.links[link]!.transport === "UDP") {
    const same = pieces.findIndex((piece) => piece.data === data);
    pieces.splice(Math.max(0, same), 1);
    return;
  }
  let left = n;
  while (left > 0 && pieces.length > 0) {
    const piece = pieces[0]!;
    const taken = Math.min(left, piece.n);
    left -= taken;
    piece.n -= taken;
    piece.data = piece.data.slice(taken * 2);
    if (piece.n === 0) pieces.shift();
  }
}
