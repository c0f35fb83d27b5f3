/**
 * The steps of a run, and what each shows. The player uses this in the browser, so
 * it imports nothing but types.
 */
import type { Call, RecordedRun } from "./recording.ts";

/** What happens in a step: a call, or a program gets Ctrl-C, prints or ends. */
export interface Step extends Shown {
  /** In milliseconds. */
  readonly at: number;
  readonly program: number;
  readonly what: "call" | "interrupt" | "exit" | "print";
  /** The call that begins or is done. */
  readonly call?: Call;
  /** What the program prints at once. */
  readonly output: readonly Call[];
  /** How the connections end that it ends: one for a call, or all of a program. */
  readonly signals: readonly Signal[];
  /** How many bytes are unread after a read. */
  readonly left: number;
  /** Whether nobody can read what it sends: the other end is closed, or not there yet. */
  readonly isUnheard: boolean;
}

/** What one end of a connection tells the other one. */
export interface Signal {
  link: number;
  side: Side;
  /** It will send no more, or the connection is broken off. */
  kind: "FIN" | "RST";
  /** The bytes that it had not read, which a reset throws away. */
  lost: number;
  /** Whether it still reads. */
  isHalf: boolean;
  /** Whether the other direction has ended before. */
  isLast: boolean;
}

/** What is to be seen once a step has happened. */
export interface Shown {
  /** The calls in which each program waits. */
  readonly pending: Call[][];
  /** Whether each program has not started yet, runs, or has ended. */
  readonly states: ("not started" | "runs" | "ended")[];
  /** One end of a link. */
  end(link: number, side: Side): Readonly<End>;
  /** The bytes that have arrived at one end of a link and have not been read. */
  unread(link: number, side: Side): number;
  /** The first of them, as they were sent; `most` is how many bytes are wanted. */
  pieces(link: number, side: Side, most?: number): Piece[];
  /** The unread bytes that a program has from another one. */
  held(program: number, from: number): number;
  /** How many connections a server has accepted, and how many of them are open. */
  accepted(program: number): { ever: number; open: number };
  /** The most bytes that a program has not read at any step. */
  readonly most: number;
}

/** Bytes that are on their way. */
export interface Piece {
  n: number;
  data: string;
}

export type Side = 0 | 1;

/** One end of a link. What it has got is counted in bytes, or in datagrams of UDP. */
export interface End {
  /** Whether there is a socket. */
  isMade: boolean;
  /** Whether the program has it: a server has it from `accept`. */
  isAccepted: boolean;
  /** Whether it has sent FIN, has got FIN, and has read the end of input. */
  hasSentEnd: boolean;
  hasEnd: boolean;
  hasReadEnd: boolean;
  isClosed: boolean;
  isReset: boolean;
  arrived: number;
  /** All that arrived before is gone. */
  read: number;
  /** Datagrams after that one which are gone, too. */
  gone: readonly number[];
}

const SENDING = ["write", "send", "sendall", "sendto"];
const READING = ["read", "receive", "recv", "recvfrom"];
const PAUSES = ["sleep", "timer", "input", "select"];
const WAITING = [...READING, "accept", "connect", ...PAUSES];
/** Calls that are no steps of their own: the call after them is. */
const NO_STEPS = ["timer", "select"];
const SIDES: readonly Side[] = [0, 1];

/** A call that has waited for longer than this is shown where it began, too. */
const AT_ONCE = 50;

/** How many later datagrams are read before one is taken for lost. */
const LATEST = 64;

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

export const otherSide = (side: Side): Side => side === 0 ? 1 : 0;

/**
 * The steps of a run.
 *
 * A call that waits is a step when it is done, and each other call when it begins; a
 * call that fails is one when it fails. The line in which a program waits next belongs
 * to the step before, and so does what it prints. What a step shows is worked out when
 * it is asked for, from the step that was asked for before.
 */
export function stepsOf(run: RecordedRun): Step[] {
  return new Story(run).steps;
}

/** What happens, and when. */
interface Event {
  at: number;
  program: number;
  what: Step["what"];
  call?: Call;
}

/** What happens in a run, in order. */
function eventsOf({ programs, calls }: RecordedRun): Event[] {
  const events = calls.flatMap((call): Event[] => {
    const { program, begin, end, op, error } = call;
    if (op === "print") return [{ at: begin, program, what: "print", call }];
    // That a timer was cleared says nothing; that it ran is the call in it.
    if (NO_STEPS.includes(op) || call.isCleared) return [];
    // A connect is sent at once, and its bytes are.
    const isAtBegin = !waits(call) || op === "connect" || isSend(call);
    const at = error !== undefined ? end ?? begin : isAtBegin ? begin : end;
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

/** The first place of a sorted list whose value is at least, or more than, a number. */
export function placeOf<T>(
  list: readonly T[],
  value: (one: T) => number,
  wanted: number,
  isMore = false,
): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = value(item(list, middle));
    if (found < wanted || isMore && found === wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A change of one end of a link. */
interface Change {
  place: number;
  before: End;
  after: End;
}

/** A step of a {@linkcode Story}, which knows what it shows. */
class StoryStep implements Step {
  readonly output: Call[] = [];
  signals: Signal[] = [];
  left = 0;
  isUnheard = false;
  readonly changes: Change[] = [];
  /** The calls whose wait begins or ends to be shown here. */
  readonly begins: Call[] = [];
  readonly ends: Call[] = [];
  readonly at: number;
  readonly program: number;
  readonly what: Step["what"];
  readonly call?: Call;
  readonly #story: Story;
  readonly #i: number;

  constructor(story: Story, i: number, event: Event) {
    this.#story = story;
    this.#i = i;
    this.at = event.at;
    this.program = event.program;
    this.what = event.what;
    if (event.call !== undefined) this.call = event.call;
  }

  get pending(): Call[][] {
    return this.#story.pending(this.#i);
  }

  get states(): Shown["states"] {
    return this.#story.run.programs.map(({ begin, end = Infinity }) =>
      end <= this.at ? "ended" : begin <= this.at ? "runs" : "not started"
    );
  }

  end(link: number, side: Side): Readonly<End> {
    return this.#story.end(this.#i, 2 * link + side);
  }

  unread(link: number, side: Side): number {
    return this.#story.unread(2 * link + side, this.end(link, side));
  }

  pieces(link: number, side: Side, most = Infinity): Piece[] {
    return this.#story.pieces(2 * link + side, this.end(link, side), most);
  }

  held(program: number, from: number): number {
    return this.#story.held(this.#i, program, from);
  }

  accepted(program: number): { ever: number; open: number } {
    return this.#story.accepted(this.#i, program);
  }

  get most(): number {
    return this.#story.most;
  }
}

/** The steps of a run, and what is shown at one of them. */
class Story {
  readonly run: RecordedRun;
  readonly steps: StoryStep[];
  /** The ends of the links, two of each. */
  readonly #ends: End[];
  /** What was sent to each end, with the number of bytes before it. */
  readonly #sent: (Piece & { from: number })[][];
  /** The unread bytes of each program, by the program that has sent them. */
  readonly #held: Map<number, number>[];
  /** The connections of each program as a server. */
  readonly #accepted: { ever: number; open: number }[];
  most = 0;
  /** The calls of each program that wait. */
  readonly #waiting: Set<Call>[];
  /** The last step whose changes are made. */
  #i = -1;
  /** The ends of each program, and those of each socket of UDP. */
  readonly #endsOf: number[][];
  readonly #udpSockets = new Map<string, number[]>();
  /** When each port was bound, and until when it was. */
  readonly #bound = new Map<string, number>();

  constructor(run: RecordedRun) {
    this.run = run;
    const { links, programs, calls } = run;
    this.#ends = links.flatMap(({ transport }) =>
      SIDES.map((): End => ({
        isMade: transport === "UDP",
        isAccepted: transport === "UDP",
        hasSentEnd: false,
        hasEnd: false,
        hasReadEnd: false,
        isClosed: false,
        isReset: false,
        arrived: 0,
        read: 0,
        gone: [],
      }))
    );
    this.#sent = this.#ends.map(() => []);
    this.#held = programs.map(() => new Map());
    this.#accepted = programs.map(() => ({ ever: 0, open: 0 }));
    this.#waiting = programs.map(() => new Set());
    this.#endsOf = programs.map(() => []);
    for (const [l, { programs, ports, transport }] of links.entries()) {
      for (const side of SIDES) {
        const [program, place] = [programs[side], 2 * l + side];
        if (program === null) continue;
        item(this.#endsOf, program).push(place);
        if (transport === "TCP") continue;
        const key = `${program} ${ports[side]}`;
        const same = this.#udpSockets.get(key);
        if (same === undefined) this.#udpSockets.set(key, [place]);
        else same.push(place);
      }
    }
    for (const { program, op, port, error, begin } of calls) {
      if (op !== "bind" && op !== "listen" || error !== undefined) continue;
      const key = `${program} ${port}`;
      if (!this.#bound.has(key)) this.#bound.set(key, begin);
    }
    this.steps = this.#makeSteps();
    for (const [i, step] of this.steps.entries()) {
      this.#act(step);
      this.#i = i;
    }
    this.#addWaits();
    // The waits of the last step are not there yet.
    for (const { begins, ends } of this.steps) {
      for (const call of begins) item(this.#waiting, call.program).add(call);
      for (const call of ends) item(this.#waiting, call.program).delete(call);
    }
  }

  /** Output belongs to the step of its program just before, if there is one. */
  #makeSteps(): StoryStep[] {
    const steps: StoryStep[] = [];
    const last: (StoryStep | undefined)[] = [];
    for (const event of eventsOf(this.run)) {
      const { what, program, call, at } = event;
      let step = last[program];
      if (
        what !== "print" || step === undefined || at - step.at > AT_ONCE
      ) {
        step = new StoryStep(this, steps.length, event);
        steps.push(step);
        last[program] = step;
      }
      if (what === "print" && call !== undefined) step.output.push(call);
    }
    return steps;
  }

  /** Each wait begins at a step, and ends at one; it is shown between them. */
  #addWaits(): void {
    const { steps } = this;
    const { programs, calls } = this.run;
    const own = programs.map((_, p) =>
      steps.flatMap(({ program, at }, i) => program === p ? [{ i, at }] : [])
    );
    const atOf = ({ at }: { at: number }) => at;
    const waiting = calls.filter((call) => waits(call) && call.line > 0);
    const taskOf = ({ program, task }: Call) => `${program} ${task}`;
    const tasks = new Map<string, number[]>();
    for (const call of waiting) {
      if (call.end === undefined) continue;
      const ends = tasks.get(taskOf(call));
      if (ends === undefined) tasks.set(taskOf(call), [call.end]);
      else ends.push(call.end);
    }
    for (const ends of tasks.values()) ends.sort((a, b) => a - b);
    const isLast = (end: number) => end;
    const next = this.#nextOfThreads();
    for (const call of waiting) {
      const { program, begin } = call;
      const { end = next.get(call) ?? Infinity } = call;
      const steps = item(own, program);
      const before = steps[placeOf(steps, atOf, begin, true) - 1];
      // The step of its program before it, or the latest one, if the program had
      // something else to do between them.
      const isSoon = before !== undefined && begin - before.at < AT_ONCE;
      const latest = placeOf(this.steps, atOf, begin, true) - 1;
      // What a task does next is not shown before the call that it waits for is done.
      const ends = tasks.get(taskOf(call)) ?? [];
      const done = ends[placeOf(ends, isLast, begin, true) - 1] ?? -Infinity;
      const from = Math.max(
        isSoon ? before.i : latest,
        placeOf(this.steps, atOf, done),
        0,
      );
      const { end: exit = Infinity } = item(programs, program);
      const to = placeOf(this.steps, atOf, Math.min(end, exit));
      if (from >= to) continue;
      this.steps[from]?.begins.push(call);
      this.steps[to]?.ends.push(call);
    }
  }

  /**
   * When the next call of a thread begins, by the calls that never end: an exception
   * has ended such a wait. In Deno a function can wait for several things at once.
   */
  #nextOfThreads(): Map<Call, number> {
    const next = new Map<Call, number>();
    const endless = new Map<string, Call>();
    for (const call of this.run.calls) {
      const { program, task, begin, end, line } = call;
      if (this.run.programs[program]?.language !== "python") continue;
      const key = `${program} ${task}`;
      const before = endless.get(key);
      if (before !== undefined && line > 0) {
        next.set(before, begin);
        endless.delete(key);
      }
      if (end === undefined) endless.set(key, call);
    }
    return next;
  }

  /** What a step does to the ends of the links; it is kept to be undone. */
  #act(step: StoryStep): void {
    const { call, what, program } = step;
    if (what === "exit") {
      for (const place of item(this.#endsOf, program)) {
        if (item(this.#ends, place).isMade) this.#leave(step, place, false);
      }
    }
    if (call?.link === undefined || call.side === undefined) return;
    if (call.error !== undefined) return;
    const { op, link, side, n = 0, data = "" } = call;
    const { transport, ports } = item(this.run.links, link);
    const [own, peer] = [2 * link + side, 2 * link + otherSide(side)];
    if (op === "connect" && transport === "TCP") {
      this.#change(step, own, { isMade: true, isAccepted: true });
      this.#change(step, peer, { isMade: true });
    } else if (op === "accept") {
      this.#change(step, own, { isMade: true, isAccepted: true });
    } else if (isSend(call) || op === "doubled") {
      step.isUnheard = !this.#hears(peer, step.at);
      if (!step.isUnheard) this.#send(step, peer, { n, data });
    } else if (op === "lost") this.#drop(step, peer, data);
    else if (isRead(call)) {
      if (call.isEnd) {
        // Its program has ended, which is noticed later.
        const { hasEnd, isReset } = item(this.#ends, own);
        if (transport === "TCP" && !hasEnd && !isReset) {
          this.#end(step, peer, false);
          this.#change(step, peer, { isClosed: true });
        }
        this.#change(step, own, { hasReadEnd: true });
      }
      if (transport === "UDP") this.#drop(step, own, data);
      else if (n > 0) {
        const { read } = item(this.#ends, own);
        this.#change(step, own, { read: read + n });
      }
      step.left = this.unread(own, item(this.#ends, own));
    } else if (op === "close") {
      const sockets = transport === "UDP"
        ? this.#udpSockets.get(`${program} ${ports[side]}`) ?? []
        : [own];
      for (const place of sockets) {
        this.#leave(step, place, call.reset === true);
      }
    } else if (op === "closeWrite" || op === "shutdown") {
      const { hasSentEnd, isReset } = item(this.#ends, own);
      if (!hasSentEnd && !isReset) this.#end(step, own, true);
    }
  }

  /** Whether there is a socket that bytes can arrive at. */
  #hears(place: number, at: number): boolean {
    const { transport, programs, ports } = item(this.run.links, place >> 1);
    const side = item(SIDES, place % 2);
    const program = programs[side];
    if (transport === "TCP") return !item(this.#ends, place).isClosed;
    if (program === null) return true;
    const { begin, end = Infinity } = item(this.run.programs, program);
    const bound = this.#bound.get(`${program} ${ports[side]}`) ?? begin;
    return bound <= at && at < end && !item(this.#ends, place).isClosed;
  }

  #send(step: StoryStep, place: number, piece: Piece): void {
    const sent = item(this.#sent, place);
    const last = sent.at(-1);
    const from = last === undefined ? 0 : last.from + last.n;
    sent.push({ ...piece, from });
    const { transport } = item(this.run.links, place >> 1);
    const arrived = transport === "UDP" ? sent.length : from + piece.n;
    this.#change(step, place, { arrived });
  }

  /** Takes a datagram away: it was read, or it is lost. */
  #drop(step: StoryStep, place: number, data: string): void {
    const end = item(this.#ends, place);
    const sent = item(this.#sent, place);
    const isThere = (i: number) => !end.gone.includes(i);
    let found: number | undefined;
    for (let i = end.read; i < end.arrived && found === undefined; i++) {
      if (isThere(i) && item(sent, i).data === data) found = i;
    }
    if (found === undefined) return;
    let { read } = end;
    let gone = [...end.gone, found].sort((a, b) => a - b);
    if (gone.length > LATEST) read = item(gone, 0);
    while (gone.includes(read)) read++;
    gone = gone.filter((i) => i > read);
    this.#change(step, place, { read, gone });
  }

  /** One end is closed: so its other end gets FIN, or a reset. */
  #leave(step: StoryStep, place: number, isReset: boolean): void {
    const end = item(this.#ends, place);
    if (end.isClosed) return;
    const lost = this.unread(place, end);
    const { transport } = item(this.run.links, place >> 1);
    this.#change(step, place, { isClosed: true });
    if (transport === "UDP" || end.isReset) return;
    const peer = place ^ 1;
    if (isReset || lost > 0) {
      step.signals.push(this.#signal(place, "RST", lost));
      this.#change(step, peer, { isReset: true });
    } else if (!end.hasSentEnd) this.#end(step, place, false);
  }

  #end(step: StoryStep, place: number, isHalf: boolean): void {
    step.signals.push({ ...this.#signal(place, "FIN", 0), isHalf });
    this.#change(step, place, { hasSentEnd: true });
    this.#change(step, place ^ 1, { hasEnd: true });
  }

  #signal(place: number, kind: Signal["kind"], lost: number): Signal {
    const isLast = item(this.#ends, place ^ 1).hasSentEnd;
    const side = item(SIDES, place % 2);
    return { link: place >> 1, side, kind, lost, isHalf: false, isLast };
  }

  #change(step: StoryStep, place: number, fields: Partial<End>): void {
    const before = item(this.#ends, place);
    const after = { ...before, ...fields };
    step.changes.push({ place, before, after });
    this.#set(place, after);
  }

  #set(place: number, end: End): void {
    const [link, side] = [place >> 1, item(SIDES, place % 2)];
    const { programs } = item(this.run.links, link);
    const [to, from] = [programs[side], programs[otherSide(side)]];
    const before = item(this.#ends, place);
    if (to !== null && from !== null) {
      const held = item(this.#held, to);
      const more = this.unread(place, end) - this.unread(place, before);
      const n = (held.get(from) ?? 0) + more;
      held.set(from, n);
      this.most = Math.max(this.most, n);
    }
    if (to !== null && side === 1) {
      const accepted = item(this.#accepted, to);
      const isOpen = (end: End) => end.isAccepted && !end.isClosed;
      accepted.ever += Number(end.isAccepted) - Number(before.isAccepted);
      accepted.open += Number(isOpen(end)) - Number(isOpen(before));
    }
    this.#ends[place] = end;
  }

  /** Makes the changes of all steps up to one, and none of a later one. */
  #seek(i: number): void {
    while (this.#i < i) {
      const { changes, begins, ends } = item(this.steps, ++this.#i);
      for (const { place, after } of changes) this.#set(place, after);
      for (const call of begins) item(this.#waiting, call.program).add(call);
      for (const call of ends) item(this.#waiting, call.program).delete(call);
    }
    while (this.#i > i) {
      const { changes, begins, ends } = item(this.steps, this.#i--);
      for (const { place, before } of changes.toReversed()) {
        this.#set(place, before);
      }
      for (const call of begins) item(this.#waiting, call.program).delete(call);
      for (const call of ends) item(this.#waiting, call.program).add(call);
    }
  }

  pending(i: number): Call[][] {
    this.#seek(i);
    const { call, at } = item(this.steps, i);
    return this.run.programs.map(({ end = Infinity }, p) =>
      end <= at ? [] : [...item(this.#waiting, p)].filter((one) => one !== call)
        .sort((a, b) => a.begin - b.begin)
    );
  }

  end(i: number, place: number): End {
    this.#seek(i);
    return item(this.#ends, place);
  }

  held(i: number, program: number, from: number): number {
    this.#seek(i);
    return item(this.#held, program).get(from) ?? 0;
  }

  accepted(i: number, program: number): { ever: number; open: number } {
    this.#seek(i);
    return item(this.#accepted, program);
  }

  unread(place: number, end: End): number {
    const { arrived, read, gone, isClosed, isReset } = end;
    // Bytes for a closed end will never be read.
    if (isClosed || isReset && arrived === read) return 0;
    if (item(this.run.links, place >> 1).transport === "TCP") {
      return Math.max(0, arrived - read);
    }
    const sent = item(this.#sent, place);
    const { from = 0, n = 0 } = sent[arrived - 1] ?? {};
    return gone.reduce(
      (sum, i) => sum - item(sent, i).n,
      from + n - (sent[read]?.from ?? from + n),
    );
  }

  pieces(place: number, end: End, most: number): Piece[] {
    const { arrived, read, gone, isClosed } = end;
    if (isClosed) return [];
    const sent = item(this.#sent, place);
    const isTcp = item(this.run.links, place >> 1).transport === "TCP";
    const pieces: Piece[] = [];
    let i = isTcp
      ? Math.max(0, placeOf(sent, ({ from }) => from, read, true) - 1)
      : read;
    for (let n = 0; n < most; i++) {
      const piece = sent[i];
      const isOver = isTcp ? piece && piece.from >= arrived : i >= arrived;
      if (piece === undefined || isOver) break;
      if (!isTcp && gone.includes(i)) continue;
      const part = isTcp ? Math.max(0, read - piece.from) : 0;
      if (part >= piece.n) continue;
      pieces.push({ n: piece.n - part, data: piece.data.slice(2 * part) });
      n += piece.n - part;
    }
    return pieces;
  }
}
