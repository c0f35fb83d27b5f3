import {
  type Call,
  isRead,
  isSend,
  item,
  type Kind,
  type RecordedRun,
  type Recording,
} from "../../../tools/record/recording.ts";
import type { Step } from "../../../tools/record/steps.ts";
import { hexOf, lineOf, textOf } from "./text.ts";

/** The languages of the player. */
export type PlayerLanguage = "en" | "zh";

/** What the buttons for the runs of a recording are called. */
export const KINDS: Record<Kind, string> = {
  python: "Python",
  deno: "Deno",
  lib: "Deno + lib",
};

/** The kinds of runs that a recording has, and the one that is shown first. */
export function kindsOf(runs: Recording["runs"]): [all: Kind[], first: Kind] {
  const kinds = (Object.keys(KINDS) as Kind[]).filter((kind) => kind in runs);
  return [kinds, "deno" in runs ? "deno" : item(kinds, 0)];
}

/**
 * What stands in braces: `w` who acts, and `lw` within a sentence; `q` the other side;
 * `b` how many bytes, `t` which; `s` seconds; `op` the call; `e` the error.
 */
export const EN = {
  question: "Who waits for whom?",
  lead: "Each step is a call that the programs made.",
  next: "Next step",
  back: "Back",
  play: "Play",
  pause: "Pause",
  again: "Start again",
  newest: "Newest step",
  speed: "Speed",
  hex: "Bytes as hex",
  legend: "Thick line: runs. Dotted line: waits or sleeps. Band: unread bytes.",
  here: "Link to this step",
  time: "Time",
  wire: "The wire, step by step",
  step: "Step {n} of {of}",
  s: "{n} s",
  quote: "“{t}”",
  byte: "{n} byte",
  bytes: "{n} bytes",
  unread: "{n} unread",
  server: "the server",
  client: "the client",
  program: "the program",
  elsewhere: "another program",
  output: "Output of {w}",
  code: "Code of {w}: {f}",
  unrecorded: "Used, but not recorded: {f}",
  more: "{n} more calls",
  status: "exit status {n}",
  and: ", ",
  ran: "just ran",
  waits: "waits",
  waitsIn: "waits ({op})",
  sleeps: "sleeps",
  runs: "runs",
  none: "not started",
  ended: "ended",
  failed: "failed",
  stopped: "stopped",
  inbox: "Arrived from {q}",
  empty: "nothing unread",
  closed: "closed",
  reset: "reset",
  noLink: "no connection yet",
  noSocket: "no socket yet",
  queued: "not accepted yet",
  half: "sends no more",
  over: "no more will come",
  bind: "{w} takes port {port}.",
  bindUdp: "{w} takes UDP port {port}: datagrams can arrive now.",
  listen: "{w} listens on port {port}: clients can connect now.",
  connect: "{w} connects to {q}.",
  accept: "{w} accepts the connection from {q}.",
  thread: "{w} starts a thread.",
  threadFor: "{w} starts a thread that talks to {q}.",
  sleep: "{w} has slept {s} and wakes up.",
  input: "{w} gets a line from the keyboard.",
  send: "{w} sends {b} to {q}: {t}.",
  sendPart:
    "{w} sends {b} of {g} to {q}, which does not read fast enough: {t}.",
  sendClosed:
    "{w} sends {b} to {q}, which has closed: {t}. They are lost, and a reset comes back.",
  sendUdp: "{w} sends a datagram of {b} to {q}: {t}.",
  unheard:
    "{w} sends a datagram of {b} to port {port}, where nobody is listening: {t} is gone.",
  read: "{w} reads {b} from {q}: {t}.",
  readUdp: "{w} reads a datagram of {b} from {q}: {t}.",
  left: " {b} stay unread.",
  end: "{w} reads the end of input ({op} returns {v}): {q} will send no more.",
  lost: "The network loses the datagram {t} from {lw}.",
  doubled: "The network delivers the datagram {t} from {lw} twice.",
  closeWrite: "{w} sends FIN: it will send no more, but it still reads.",
  close: "{w} closes its end: FIN tells {q} that no more will come.",
  closeLast: "{w} closes its end too. The connection is over.",
  closeSocket: "{w} closes the socket.",
  closeUdp: "{w} closes its socket. UDP has no connection: {q} is not told.",
  closeReset: "{w} breaks the connection off with RST.",
  closeUnread:
    "{w} breaks the connection off with RST: {b} that it has not read are thrown away.",
  fails: "{op} fails in {lw}: {e}.",
  refused: "{w} cannot connect: nobody is listening on {port} ({e}).",
  refusedUdp: "{w} is told by {op} that nobody is listening there ({e}).",
  port: "port {port}",
  thatPort: "that port",
  interrupt: "{w} gets Ctrl-C.",
  exit: "{w} ends.",
  exitWith: "{w} ends with exit status {n}.",
  exitError: "{w} ends with an error: {e}.",
  print: "{w} goes on.",
  prints: " It prints: {t}",
  other: "{w}: {op}.",
  inFile: " ({f})",
  wRead: "waits for {q} to send",
  wReadAny: "waits for data",
  wReadUdp: "waits for a datagram",
  wAccept: "waits for a client",
  wNext: "waits for the next client",
  wSleep: "sleeps {s}",
  wTimer: "has a timer, every {s}",
  wInput: "waits for the keyboard",
  wSelect: "waits for any of its sockets",
  wConnect: "waits to be connected",
  wSend: "waits until {q} reads",
  wOther: "waits in {op}",
  ready: "can read now",
  door: "can accept now",
  dEnd: "{op}: end",
  dFail: "{op} fails",
  dSleep: "awake after {s}",
  dExit: "ends",
  dInput: "keyboard",
  dNobody: "nobody",
  dLost: "lost",
  dDoubled: "twice",
  dClosed: "closed",
  dThrown: "RST, {b} lost",
};

/** The words of the player in a language. */
export type Words = typeof EN;

export type Word = keyof typeof EN;

/** A text with what stands in its braces. A space parts a number from Chinese. */
export function fill(
  text: string,
  values: Record<string, string | number | undefined> = {},
): string {
  return text.replace(/\{(\w+)\}(\p{Script=Han}?)/gu, (_, key, next) => {
    const value = String(values[key] ?? "");
    return value + (next !== "" && /\d$/.test(value) ? " " : "") + next;
  });
}

/** A program's name within a sentence: "the client", "client 2". */
export function nameIn(all: Words, name: string): string {
  const words: Record<string, string> = all;
  const [, kind = "", number] = /^(server|client|program)( \d+)?$/.exec(name) ??
    [];
  if (number !== undefined && all === EN) return name;
  return (words[kind] ?? words[name] ?? name) + (number ?? "");
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** How a program looks in the diagram and in the head of its code. */
export type Look = "none" | "run" | "wait" | "sleep" | "ended";

/** Before ①; the last one is ⑳. */
const CIRCLED = 0x245f;

/** What is said about the steps of one run, in one language. */
export class Teller {
  isHex = false;
  readonly run: RecordedRun;
  readonly steps: Step[];
  readonly words: Words;
  /** The numbers of those connections that have the same programs as others. */
  readonly #marks: string[];
  readonly #udpPorts: Set<number>;

  constructor(run: RecordedRun, steps: Step[], words: Words) {
    this.run = run;
    this.steps = steps;
    this.words = words;
    const counts = new Map<string, number>();
    const ends = run.links.map(({ transport, programs }) => {
      const pair = transport === "TCP" ? programs.join() : "";
      const n = (counts.get(pair) ?? 0) + 1;
      counts.set(pair, n);
      return { pair, n };
    });
    this.#marks = ends.map(({ pair, n }) =>
      pair === "" || counts.get(pair) === 1
        ? ""
        : n > 20
        ? `(${n})`
        : String.fromCharCode(CIRCLED + n)
    );
    this.#udpPorts = new Set(
      run.links.flatMap(({ transport, ports }) =>
        transport === "UDP" ? ports : []
      ),
    );
  }

  word(
    word: Word,
    values?: Record<string, string | number | undefined>,
  ): string {
    return fill(this.words[word], values);
  }

  /** A program's name within a sentence; `null` stands for one that was not recorded. */
  name(program: number | null): string {
    const name = program === null
      ? "elsewhere"
      : item(this.run.programs, program).name;
    return nameIn(this.words, name);
  }

  /** A program's name as a title. */
  head(program: number | null): string {
    return capital(this.name(program).replace(/^the /, ""));
  }

  /** Several connections between the same two programs have numbers. */
  mark(link: number | undefined): string {
    return link === undefined ? "" : this.#marks[link] ?? "";
  }

  bytes(
    { data = "", n = 0 }: { data?: string; n?: number },
    room = 28,
  ): string {
    return this.isHex
      ? hexOf(data, n, room)
      : this.word("quote", { t: textOf(data, n, room) });
  }

  count(n: number): string {
    const shown = n.toLocaleString("en");
    return this.word(n === 1 ? "byte" : "bytes", { n: shown });
  }

  seconds(ms = 0): string {
    return this.word("s", { n: Number((ms / 1000).toFixed(ms < 95 ? 2 : 1)) });
  }

  /** The program at the other end of the link that a call was about. */
  peer({ link, side }: Partial<Call>): number | null | undefined {
    if (link === undefined || side === undefined) return undefined;
    return item(this.run.links, link).programs[1 - side];
  }

  isUdp(link: number | undefined): boolean {
    return link !== undefined && item(this.run.links, link).transport === "UDP";
  }

  /** What a step is, as the word that tells it. */
  kind({ what, call, program, signals, isUnheard }: Step): Word {
    if (what === "interrupt" || what === "print") return what;
    if (call === undefined) {
      const { error, status, interrupted } = item(this.run.programs, program);
      if (error !== undefined) return "exitError";
      return status !== 0 && interrupted === undefined ? "exitWith" : "exit";
    }
    const { op, error, isEnd, given, link, port } = call;
    const isUdp = this.isUdp(link);
    if (error !== undefined) {
      if (!/refused/i.test(error)) return "fails";
      return op === "connect" ? "refused" : isUdp ? "refusedUdp" : "fails";
    }
    if (isSend(call)) {
      if (isUnheard) return isUdp ? "unheard" : "sendClosed";
      return given !== undefined ? "sendPart" : isUdp ? "sendUdp" : "send";
    }
    if (isEnd) return "end";
    if (isRead(call)) return isUdp ? "readUdp" : "read";
    if (op === "close") {
      if (isUdp) return "closeUdp";
      const [signal] = signals;
      if (signal === undefined) return "closeSocket";
      if (signal.kind === "RST") {
        return signal.lost > 0 ? "closeUnread" : "closeReset";
      }
      return signal.isLast ? "closeLast" : "close";
    }
    if (signals.length > 0) return "closeWrite";
    if (op === "thread" && link !== undefined) return "threadFor";
    if (op === "bind" && this.#udpPorts.has(port ?? NaN)) return "bindUdp";
    return OPS.find((word) => word === op) ?? "other";
  }

  /** What happens in a step, as a sentence or two. */
  what(step: Step): string {
    const { program, call = {} as Partial<Call>, signals, left, output } = step;
    const { language, error, status, file } = item(this.run.programs, program);
    const kind = this.kind(step);
    const [name, peer] = [this.name(program), this.peer(call)];
    const link = call.link === undefined
      ? undefined
      : item(this.run.links, call.link);
    const port = call.port ?? link?.ports[1 - (call.side ?? 0)];
    const sentence = this.word(kind, {
      w: capital(name),
      lw: name,
      q: peer === undefined ? undefined : this.name(peer),
      op: call.op,
      port: kind !== "refused"
        ? port
        : port === undefined
        ? this.word("thatPort")
        : this.word("port", { port }),
      s: this.seconds(call.ms),
      e: call.error ?? error,
      n: status,
      v: language === "python" ? "b''" : "null",
      b: this.count(signals[0]?.lost || (call.n ?? 0)),
      g: this.count(call.given ?? 0),
      t: this.bytes(call),
    });
    const mark = this.mark(kind === "sleep" ? undefined : call.link);
    const isElsewhere = call.file !== undefined && call.file !== file;
    return [
      mark === "" ? "" : `${mark} `,
      sentence,
      isElsewhere ? this.word("inFile", { f: call.file }) : "",
      left > 0 ? this.word("left", { b: this.count(left) }) : "",
      output.length > 0 ? this.#printed(output) : "",
    ].join("");
  }

  /** What a program prints; the rest of it stands in its output. */
  #printed([first, ...others]: readonly Call[]): string {
    const more = others.length > 0 ? " …" : "";
    const t = this.word("quote", { t: lineOf(first?.data ?? "") });
    return this.word("prints", { t: t + more });
  }

  /** Whether what a call waits for is there, though it has not returned yet. */
  isReady(call: Call, step: Step): boolean {
    const { link, side, op } = call;
    if (link === undefined || side === undefined) return false;
    if (op === "accept") return step.end(link, 0).isMade;
    if (!isRead(call)) return false;
    const { hasEnd, hasReadEnd, unread } = step.end(link, side);
    return unread > 0 || hasEnd && !hasReadEnd;
  }

  /** What a program waits for in a call. */
  wait(call: Call, step: Step): string {
    const { op, ms, link, program } = call;
    const peer = this.peer(call);
    const isUdp = this.isUdp(link) ||
      peer === undefined && this.#udpPorts.size > 0;
    const words: Record<string, Word> = {
      sleep: "wSleep",
      timer: "wTimer",
      input: "wInput",
      select: "wSelect",
      connect: "wConnect",
      accept: step.accepted(program).ever > 0 ? "wNext" : "wAccept",
    };
    const word = this.isReady(call, step)
      ? op === "accept" ? "door" : "ready"
      : words[op] ??
        (isSend(call)
          ? "wSend"
          : !isRead(call)
          ? "wOther"
          : isUdp
          ? "wReadUdp"
          : peer === undefined
          ? "wReadAny"
          : "wRead");
    const q = this.name(peer ?? null);
    return this.word(word, { q, op, s: this.seconds(ms) });
  }

  /** A call that waits, in a word or two. */
  short(call: Call, step: Step): string {
    const isBrief = call.op === "sleep" || this.isReady(call, step);
    return isBrief ? this.wait(call, step) : this.word("waits");
  }

  /**
   * The calls that keep a program from going on. A server that serves a client is not
   * kept by its `accept`: that is another task.
   */
  #holds(step: Step, program: number): Call[] {
    const all = item(step.pending, program);
    const others = all.filter(({ op }) => op !== "accept");
    const isServing = step.accepted(program).served > 0;
    return others.length > 0 || isServing ? others : all;
  }

  /** The programs that wait, and for what each does. */
  waits(step: Step): { program: number; isReady: boolean; text: string }[] {
    return orderOf(this.run).flatMap((program) => {
      const shown = program === null ? [] : this.#holds(step, program);
      if (program === null || shown.length === 0) return [];
      const texts = new Set(
        shown.slice(0, 4).map((one) => this.wait(one, step)),
      );
      const isReady = shown.every((one) => this.isReady(one, step));
      return [{ program, isReady, text: [...texts].join(this.word("and")) }];
    });
  }

  /** What a program does after a step: how it looks, and in words. */
  state(step: Step, program: number): [Look, string] {
    const state = item(step.states, program);
    const { error, interrupted } = item(this.run.programs, program);
    if (state === "not started") return ["none", this.word("none")];
    if (state === "ended") {
      const word = error !== undefined
        ? "failed"
        : interrupted !== undefined
        ? "stopped"
        : "ended";
      return ["ended", this.word(word)];
    }
    const all = this.#holds(step, program);
    const asleep = all.find(({ op }) => op === "sleep");
    if (asleep !== undefined) return ["sleep", this.short(asleep, step)];
    const others = all.filter(({ op }) => op !== "timer");
    const first = others[0] ?? all[0];
    if (first === undefined) return ["run", this.word("runs")];
    return others.length > 0 && others.every((one) => this.isReady(one, step))
      ? ["run", this.short(first, step)]
      : ["wait", this.word("waitsIn", { op: first.op })];
  }
}

/** The calls that have a sentence of their own. */
const OPS: Word[] = [
  ...["bind", "listen", "connect", "accept", "thread"] as const,
  ...["sleep", "input", "lost", "doubled"] as const,
];

/**
 * The programs from left to right: the server has clients at both sides. `null` stands
 * for those that were not recorded.
 */
export function orderOf({ programs, links }: RecordedRun): (number | null)[] {
  const clients = programs.map((_, p) => p).slice(1);
  const half = Math.ceil(clients.length / 2);
  const order = [...clients.slice(0, half), 0, ...clients.slice(half)];
  const isOpen = links.some(({ programs }) => programs.includes(null));
  return isOpen ? [...order, null] : order;
}
