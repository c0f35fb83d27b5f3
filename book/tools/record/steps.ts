/**
 * The steps of a run, and what each shows. The player uses this in the browser, so
 * it imports nothing but types.
 */
import type { Call, RecordedRun } from "./recording.ts";

/** What happens in a step: a call, or a program gets Ctrl-C or ends. */
export type Step = Event & Shown;

/** What happens, and when. */
interface Event {
  /** In milliseconds. */
  at: number;
  program: number;
  what: "call" | "interrupt" | "exit";
  /** The call that begins or is done. */
  call?: Call;
}

/** What is to be seen once it has happened. */
interface Shown {
  /** The lines of each program that are marked. */
  waits: Wait[][];
  /** For each link, what each end has sent that the other end has not read. */
  buffers: [Piece[], Piece[]][];
  /** Whether each connection is not made yet, open, or closed at both ends. */
  connections: ("none" | "open" | "closed")[];
  /** Whether each program has not started yet, runs, or has ended. */
  states: ("not started" | "runs" | "ended")[];
}

/** A line in which a program is waiting, or which has just run. */
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

const SENDING = ["write", "send", "sendall", "sendto"];
const READING = ["read", "receive", "recv", "recvfrom"];
const WAITING = [...READING, "accept", "connect", "sleep", "timer"];

/** A call that has waited for longer than this is shown where it began, too. */
const AT_ONCE = 50;

/**
 * An item that must be there: the numbers in a recording are those of its items.
 *
 * @throws {RangeError} If it is not there, so the recording is damaged.
 */
export function item<T>(list: ArrayLike<T>, i = -1): T {
  const found = list[i];
  if (found === undefined) throw new RangeError(`No item ${i}`);
  return found;
}

/** Whether a call sends bytes. */
export const isSend = ({ op }: Call) => SENDING.includes(op);

/** Whether a call receives bytes. */
export const isRead = ({ op }: Call) => READING.includes(op);

/** Whether a call waits: always, or because the other side does not read. */
const waits = ({ op, begin, end = Infinity }: Call) =>
  WAITING.includes(op) || SENDING.includes(op) && end - begin > AT_ONCE;

/**
 * The steps of a run.
 *
 * A call that waits is a step when it is done, and each other call when it begins.
 * The line in which a program waits next belongs to the step before.
 */
export function stepsOf(run: RecordedRun): Step[] {
  const { programs, calls, links } = run;
  const events = eventsOf(run);
  const waiting = calls.filter((call) => waits(call) && call.line > 0)
    .map((call) => ({ call, from: firstStep(call, events) }));
  const buffers: Shown["buffers"] = links.map(() => [[], []]);
  const closed: End[] = [];
  // Sockets of UDP exchange datagrams without a connection.
  const connections = links.map(({ transport }): Shown["connections"][0] =>
    transport === "UDP" ? "open" : "none"
  );

  const marks = ({ at, program, call }: Event, i: number, p: number) => {
    const pending = waiting.filter(({ call: { program, end }, from }) =>
      program === p && from <= i && (end ?? Infinity) > at
    ).map(({ call }) => call);
    // What a task does next is not shown before the call that it waits for is done.
    const isNext = ({ task, begin }: Call) =>
      pending.some(({ task: other, end = Infinity }) =>
        other === task && end <= begin
      );
    const shown = pending.filter((wait) => wait !== call && !isNext(wait));
    const all = shown.map(({ op, line, link, ms }): Wait => ({
      op,
      line,
      isWaiting: true,
      // Which connection accept will return is not known while it waits.
      ...(link === undefined || op === "accept" ? {} : { link }),
      ...(ms === undefined ? {} : { ms }),
    }));
    if (program !== p || call === undefined || call.line === 0) return all;
    const { op, line, link } = call;
    const now: Wait = {
      op,
      line,
      isWaiting: false,
      ...(link === undefined ? {} : { link }),
    };
    return [now, ...all];
  };

  return events.map((event, i): Step => {
    const { at, call } = event;
    if (call !== undefined) move(call, run, buffers);
    closed.push(...endsClosedBy(event, run));
    if (call?.op === "connect" && call.link !== undefined) {
      connections[call.link] = "open";
    }
    // Bytes for a closed end will never be read.
    for (const { link, side } of closed) {
      item(buffers, link)[other(side)] = [];
      const ends = closed.filter((end) => end.link === link);
      const isUdp = item(links, link).transport === "UDP";
      const isClosed = new Set(ends.map(({ side }) => side)).size === 2;
      if (isClosed && !isUdp) connections[link] = "closed";
    }
    return {
      ...event,
      waits: programs.map(({ end = Infinity }, p) =>
        end <= at ? [] : marks(event, i, p)
      ),
      buffers: structuredClone(buffers),
      connections: [...connections],
      states: programs.map(({ begin, end = Infinity }) =>
        end <= at ? "ended" : begin <= at ? "runs" : "not started"
      ),
    };
  });
}

/** What happens in a run, in order. */
function eventsOf({ programs, calls }: RecordedRun): Event[] {
  const events = calls.flatMap((call): Event[] => {
    const { program, begin, end, op } = call;
    // That a timer was cleared says nothing; that it ran is the call in it.
    if (op === "timer" || call.isCleared) return [];
    // A connect is sent at once, and its bytes are; a failure is seen at the end.
    const isSent = (op === "connect" || isSend(call)) && !call.error;
    const at = !waits(call) || isSent ? begin : end;
    return at === undefined ? [] : [{ at, program, what: "call", call }];
  });
  for (const [program, { interrupted, end }] of programs.entries()) {
    if (interrupted !== undefined) {
      events.push({ at: interrupted, program, what: "interrupt" });
    }
    if (end !== undefined) events.push({ at: end, program, what: "exit" });
  }
  return events.sort((a, b) => a.at - b.at);
}

/**
 * The step in which a waiting call is shown first: the one of its program before it,
 * or the latest one, if the program had something else to do between them.
 */
function firstStep({ program, begin }: Call, events: Event[]): number {
  const own = events.findLastIndex((event) =>
    event.program === program && event.at <= begin
  );
  const isClose = begin - (events[own]?.at ?? -Infinity) < AT_ONCE;
  return isClose ? own : events.findLastIndex(({ at }) => at <= begin);
}

/** One end of a link. */
interface End {
  link: number;
  side: 0 | 1;
}

const other = (side: 0 | 1) => side === 0 ? 1 : 0;

/** The ends of links that are closed by a call, or by the end of a program. */
function endsClosedBy(
  { what, call, program }: Event,
  { links }: RecordedRun,
): End[] {
  if (what === "exit") {
    return links.flatMap(({ programs }, link) =>
      ([0, 1] as const).filter((side) => programs[side] === program)
        .map((side) => ({ link, side }))
    );
  }
  const { op, link, side } = call ?? {};
  return op === "close" && link !== undefined && side !== undefined
    ? [{ link, side }]
    : [];
}

/** What a call moves into a buffer or out of it. */
function move(call: Call, run: RecordedRun, buffers: Shown["buffers"]): void {
  const { link, side, n = 0, data = "" } = call;
  if (link === undefined || side === undefined || n === 0) return;
  if (call.error !== undefined) return;
  const both = item(buffers, link);
  if (isSend(call) || call.op === "doubled") both[side].push({ n, data });
  if (call.op === "lost") {
    const lost = both[side].findIndex((piece) => piece.data === data);
    if (lost !== -1) both[side].splice(lost, 1);
  }
  if (!isRead(call)) return;
  const pieces = both[other(side)];
  if (item(run.links, link).transport === "UDP") {
    const same = pieces.findIndex((piece) => piece.data === data);
    pieces.splice(Math.max(0, same), 1);
    return;
  }
  let left = n;
  for (let piece; left > 0 && (piece = pieces[0]) !== undefined;) {
    const part = Math.min(left, piece.n);
    left -= part;
    piece.n -= part;
    piece.data = piece.data.slice(part * 2);
    if (piece.n === 0) pieces.shift();
  }
}
