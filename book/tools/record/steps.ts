/**
 * The steps of a run, and what each shows. The player uses this in the browser, too.
 */
import { type End, Ends, type Side, type Signal } from "./ends.ts";
import {
  type Call,
  isRead,
  isSend,
  item,
  type RecordedRun,
} from "./recording.ts";

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

/** What is to be seen once a step has happened. */
export interface Shown {
  /** The calls in which each program waits. */
  readonly pending: Call[][];
  /** Whether each program has not started yet, runs, or has ended. */
  readonly states: ("not started" | "runs" | "ended")[];
  /** One end of a link; as it is until another step is asked for something. */
  end(link: number, side: Side): Readonly<End>;
  /** The unread bytes that a program has from another one. */
  held(program: number, from: number): number;
  /** How many connections a server has accepted, and how many of them it serves. */
  accepted(program: number): { ever: number; served: number };
  /** The most bytes that a program has not read at any step. */
  readonly most: number;
}

const WAITING = ["accept", "sleep", "timer", "input", "select"];
/** Calls that are no steps of their own: the call after them is. */
const NO_STEPS = ["timer", "select"];
/** A call that has waited for longer than this is shown where it began, too. */
const AT_ONCE = 50;

/** Whether a call waits: always, or because the other side is not ready for it. */
const waits = (call: Call) => {
  const { op, begin, end = Infinity } = call;
  return WAITING.includes(op) || isRead(call) ||
    (isSend(call) || op === "connect") && end - begin > AT_ONCE;
};

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

/** A step of a {@linkcode Story}, which knows what it shows. */
class StoryStep implements Step {
  readonly output: Call[] = [];
  signals: Signal[] = [];
  left = 0;
  isUnheard = false;
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
    return this.#story.seek(this.#i).pending(this);
  }

  get states(): Shown["states"] {
    return this.#story.run.programs.map(({ begin, end = Infinity }) =>
      end <= this.at ? "ended" : begin <= this.at ? "runs" : "not started"
    );
  }

  end(link: number, side: Side): Readonly<End> {
    return this.#story.seek(this.#i).ends.end(2 * link + side);
  }

  held(program: number, from: number): number {
    return this.#story.seek(this.#i).ends.held(program, from);
  }

  accepted(program: number): { ever: number; served: number } {
    return this.#story.seek(this.#i).ends.accepted(program, this.at);
  }

  get most(): number {
    return this.#story.ends.most;
  }
}

/** The steps of a run, and what is shown at one of them. */
class Story {
  readonly run: RecordedRun;
  readonly steps: StoryStep[];
  readonly ends: Ends;
  /** The last step that has happened. */
  #i = -1;
  /** The calls of each program that wait. */
  readonly #waiting: Set<Call>[];

  constructor(run: RecordedRun) {
    this.run = run;
    this.ends = new Ends(run);
    this.#waiting = run.programs.map(() => new Set());
    this.steps = this.#makeSteps();
    this.#addWaits();
    // After that each step has its signals, and what was unread at most is known.
    this.seek(this.steps.length - 1);
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
    const tasks = new Map(
      [...Map.groupBy(waiting, taskOf)].map(([task, calls]) => [
        task,
        calls.flatMap(({ end }) => end ?? []).sort((a, b) => a - b),
      ]),
    );
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
      const { end: exit = Infinity, interrupted } = item(programs, program);
      // What Ctrl-C has ended has no end of its own.
      const isCutOff = call.end === undefined && exit < Infinity &&
        interrupted !== undefined && begin < interrupted;
      const last = isCutOff ? interrupted : exit;
      const to = placeOf(this.steps, atOf, Math.min(end, last));
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

  /** Lets all steps up to one happen, and none after it. */
  seek(i: number): this {
    if (this.#i > i) {
      this.#i = -1;
      this.ends.restart();
      for (const calls of this.#waiting) calls.clear();
    }
    while (this.#i < i) {
      const step = item(this.steps, ++this.#i);
      this.ends.act(step);
      for (const call of step.begins) {
        item(this.#waiting, call.program).add(call);
      }
      for (const call of step.ends) {
        item(this.#waiting, call.program).delete(call);
      }
    }
    return this;
  }

  /** The calls that wait; the one that waits for further clients last. */
  pending({ call, at }: Step): Call[][] {
    const isAccept = ({ op }: Call) => Number(op === "accept");
    // Nobody waits in `connect` for a connection that the server has accepted.
    const isOver = (one: Call) =>
      one === call || one.op === "connect" && one.link !== undefined &&
        this.ends.end(2 * one.link + 1).isAccepted;
    return this.run.programs.map(({ end = Infinity }, p) =>
      end <= at ? [] : [...item(this.#waiting, p)].filter((one) => !isOver(one))
        .sort((a, b) => isAccept(a) - isAccept(b) || a.begin - b.begin)
    );
  }
}
