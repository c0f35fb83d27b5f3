import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { fileOf } from "./recorded_command.ts";
import { type RecordedEvent } from "./recorder.ts";
import { placeOf } from "./steps.ts";
import { ownTraceback } from "./traceback.ts";
import {
  type Call,
  item,
  KEPT,
  type Link,
  type RecordedProgram,
  type RecordedRun,
} from "./recording.ts";

/** What the book shows instead of the first ephemeral port; then the next one. */
const FIRST_EPHEMERAL = 51234;

/** How a run is made. */
export interface RunOptions {
  /** The folder that paths are relative to. */
  root: URL;
  /** Port numbers and what is shown instead. */
  ports?: ReadonlyMap<number, number>;
  /** Whether ephemeral ports are shown as they are. */
  hasRealPorts?: boolean;
}

/**
 * What the player shows of a recording.
 *
 * Ephemeral ports are numbered in their order, so that two recordings of the same
 * programs differ in nothing but the times.
 *
 * @param events The events of a recording.
 * @param options The root, and the ports to replace.
 */
export function runOf(
  events: RecordedEvent[],
  { root, ports = new Map(), hasRealPorts = false }: RunOptions,
): RecordedRun {
  /** A file in the root as a path from there. */
  const pathOf = (path: string) => {
    const inRoot = relative(fileURLToPath(root), path);
    return inRoot.startsWith("..") || isAbsolute(inRoot) ? path : inRoot;
  };
  const starts = events.filter(({ e }) => e === "start");
  const firstOf = firstEvents(events);
  const isOwn = ({ p, file }: RecordedEvent) =>
    file !== undefined &&
    fileURLToPath(String(file)) === starts[p]?.file;
  const programs = starts.map((start, p): RecordedProgram => {
    const { t, command, name } = start;
    const path = String(start.file);
    const [interrupt, exit] = ["interrupt", "exit"].map((e) =>
      firstOf.get(`${e} ${p}`)
    );
    const words = command as string[];
    return {
      name: String(name),
      language: path.endsWith(".py") ? "python" : "deno",
      file: pathOf(path),
      args: words.slice(words.indexOf(fileOf(words)) + 1)
        .map((word) => String(ports.get(Number(word)) ?? word)),
      ...withoutHeader(readIfThere(path)),
      begin: t,
      ...(exit === undefined ? {} : { end: exit.t }),
      ...(interrupt === undefined ? {} : { interrupted: interrupt.t }),
      status: Number(exit?.status ?? 0),
      ...(typeof exit?.error === "string" ? { error: exit.error } : {}),
      ...unrecordedBy(events, p),
    };
  });
  const shown = new Map(ports);
  let ephemeral = FIRST_EPHEMERAL +
    [...ports.values()].filter((port) => port >= FIRST_EPHEMERAL).length;
  const links = new Links(events, firstOf, (port) => {
    if (!hasRealPorts && port >= 32768 && !shown.has(port)) {
      shown.set(port, ephemeral++);
    }
    return shown.get(port) ?? port;
  });
  const begins = events.filter(({ e, op }) => e === "begin" && op !== "limit");
  const callAt = (begin: RecordedEvent) =>
    callOf(
      begin,
      firstOf.get(`end ${begin.p} ${begin.call}`),
      item(programs, begin.p),
      links,
    );
  const own = begins.filter(isOwn).map(callAt);
  // A library may read or write for the program, in a turn of its own.
  links.isComplete = true;
  const others = begins.filter((begin) => !isOwn(begin))
    .map((begin) => ({
      ...callAt(begin),
      line: 0,
      ...begin.file === undefined
        ? {}
        : { file: pathOf(fileURLToPath(String(begin.file))) },
    }))
    .filter(({ op, link, n }) =>
      op === "print" || op === "input" || link !== undefined && n !== undefined
    );
  return {
    programs,
    links: links.all,
    calls: [...withoutLimits(own), ...others]
      .map((call) =>
        call.op === "print" ? readable(call, shown, fileURLToPath(root)) : call
      )
      .sort((a, b) => a.begin - b.begin),
  };
}

/**
 * The events by what is asked for: the begin and the end of a call, Ctrl-C and exit of
 * a program. The first one counts.
 */
function firstEvents(events: RecordedEvent[]): Map<string, RecordedEvent> {
  const found = new Map<string, RecordedEvent>();
  for (const event of events) {
    const { e, p, call } = event;
    const key = call === undefined ? `${e} ${p}` : `${e} ${p} ${call}`;
    if (!found.has(key)) found.set(key, event);
  }
  return found;
}

/**
 * The calls without the timers that were the limit of another call: such a timer began
 * with that call, in the same line, and was cleared when that was done. A pause that is
 * cut short is none.
 */
function withoutLimits(calls: Call[]): Call[] {
  const whereOf = ({ program, task, line }: Call) =>
    `${program} ${task} ${line}`;
  const begins = Map.groupBy(
    calls.filter(({ op }) => op !== "sleep"),
    whereOf,
  );
  for (const same of begins.values()) same.sort((a, b) => a.begin - b.begin);
  return calls.filter((call) => {
    if (!call.isCleared) return true;
    const same = begins.get(whereOf(call)) ?? [];
    const next = same[placeOf(same, ({ begin }) => begin, call.begin)];
    return next === undefined || next.begin > (call.end ?? Infinity);
  });
}

/** What a program prints, with the ports that are shown and its own frames alone. */
function readable(
  call: Call,
  shown: ReadonlyMap<number, number>,
  folder: string,
): Call {
  const { n = 0, data = "" } = call;
  // A character a byte, whatever they stand for.
  const text = String.fromCharCode(...Uint8Array.fromHex(data));
  const replaced = ownTraceback(text, folder).replaceAll(
    /(?<!\d)\d{4,5}(?!\d)/g,
    (port) => String(shown.get(Number(port)) ?? port),
  );
  if (replaced === text) return call;
  return {
    ...call,
    n: n + replaced.length - text.length,
    data: Uint8Array.from(replaced, (c) => c.charCodeAt(0)).toHex(),
  };
}

/** What a program did that is not recorded. */
function unrecordedBy(events: RecordedEvent[], p: number) {
  const notes = events.filter((event) => event.p === p && event.e === "note");
  const used = notes.flatMap(({ text }) =>
    typeof text === "string" ? [text] : []
  );
  const more = notes.find((note) => note.more !== undefined)?.more;
  return {
    ...used.length === 0 ? {} : { unrecorded: used },
    ...more === undefined ? {} : { more: Number(more) },
  };
}

/** A program; nothing if it is not there, which its own error says. */
function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function callOf(
  begin: RecordedEvent,
  end: RecordedEvent | undefined,
  { first, lines }: RecordedProgram,
  links: Links,
): Call {
  const { n, data, isEnd } = {
    n: end?.n ?? begin.n,
    data: end?.data ?? begin.data,
    isEnd: end?.end,
  };
  const wanted = [begin.line, ...(begin.via as number[] | undefined ?? [])];
  // A pause is shown where it is waited for, and not in a function for pauses.
  const line = begin.op !== "sleep"
    ? begin.line
    : wanted.find((line) =>
      /\bawait\b/.test(lines[Number(line) - first] ?? "")
    );
  const where = links.of(begin, end);
  return {
    program: begin.p,
    op: String(begin.op),
    line: Number(line ?? begin.line),
    task: Number(begin.task),
    begin: begin.t,
    ...(end === undefined ? {} : { end: end.t }),
    ...where,
    ...(typeof n === "number" ? { n } : {}),
    ...(Number(end?.n) < Number(begin.n) ? { given: Number(begin.n) } : {}),
    ...(typeof data === "string" ? { data: data.slice(0, 2 * KEPT) } : {}),
    ...(isEnd ? { isEnd: true as const } : {}),
    ...(typeof end?.error === "string" ? { error: end.error } : {}),
    ...(typeof begin.ms === "number" ? { ms: begin.ms } : {}),
    ...(end?.cleared ? { isCleared: true as const } : {}),
    ...(begin.reset ? { reset: true as const } : {}),
  };
}

/** The port of an address, `127.0.0.1:9999`; otherwise NaN. */
export const portOf = (address: unknown) =>
  typeof address === "string" ? Number(/:(\d+)$/.exec(address)?.[1]) : NaN;

/** A socket with its ports, as they really were. */
interface Socket {
  local: number;
  /** Of a connection. A datagram has its own. */
  remote?: number;
  isUdp: boolean;
}

/** Calls of the end that did not begin: the server's, if they are a link's first. */
const ANSWERING = ["accept", "receive", "recvfrom"];

/** The links of a recording, and which call belongs to which. */
class Links {
  readonly all: Link[] = [];
  /** Whether no call may add a link any more. */
  isComplete = false;
  readonly #shown: (port: number) => number;
  /** The sockets, by their programs and numbers. */
  readonly #sockets = new Map<string, Socket>();
  /** The programs that have a port. */
  readonly #owners = new Map<number, number>();
  /** The links by their ports. */
  readonly #keys = new Map<string, number>();
  /** The last link of a socket of UDP, for its `close`. */
  readonly #last = new Map<string, { link: number; side: 0 | 1 }>();

  constructor(
    events: RecordedEvent[],
    firstOf: Map<string, RecordedEvent>,
    shown: (port: number) => number,
  ) {
    this.#shown = shown;
    for (const event of events) {
      if (event.e !== "end" || event.local === undefined) continue;
      const { p, call, opened, local, remote, udp } = event;
      const begin = firstOf.get(`begin ${p} ${call}`);
      const port = portOf(local);
      if (!this.#owners.has(port)) this.#owners.set(port, p);
      this.#sockets.set(`${p} ${opened ?? begin?.socket}`, {
        local: port,
        ...(opened === undefined ? {} : { remote: portOf(remote) }),
        isUdp: udp === true,
      });
    }
  }

  /** The fields of a call that say what it was about. */
  of(
    begin: RecordedEvent,
    end: RecordedEvent | undefined,
  ): Partial<Call> {
    const { p, op } = begin;
    if (op === "listen" || op === "bind") {
      const port = this.#shown(portOf(end?.local));
      return Number.isNaN(port) ? {} : { port };
    }
    // A pause, a print or a wait for the keyboard is about no connection.
    if (begin.socket === undefined) return {};
    const socket = this.#sockets.get(`${p} ${end?.opened ?? begin.socket}`);
    if (op === "connect" && end?.opened === undefined) {
      return tried(begin.remote, this.#shown);
    }
    if (socket === undefined) return {};
    const remote = socket.remote ?? portOf(begin.remote ?? end?.remote);
    const key = `${p} ${begin.socket}`;
    if (Number.isNaN(remote)) {
      return op === "close" ? this.#last.get(`socket ${key}`) ?? {} : {};
    }
    const link = this.#link(socket, remote, ANSWERING.includes(String(op)));
    if (link === undefined) return {};
    const { ports, programs } = item(this.all, link);
    const side = ports[0] === this.#shown(socket.local) ? 0 : 1;
    programs[side] = p;
    this.#last.set(`socket ${key}`, { link, side });
    return { link, side };
  }

  /** The link between two ports. Its first end is the one that began. */
  #link(
    { local, isUdp }: Socket,
    remote: number,
    isAnswering: boolean,
  ): number | undefined {
    const key = [local, remote].sort().join(" ") + isUdp;
    const known = this.#keys.get(key);
    if (known !== undefined || this.isComplete) return known;
    const ends = isAnswering ? [remote, local] : [local, remote];
    this.all.push({
      transport: isUdp ? "UDP" : "TCP",
      programs: ends.map((port) => this.#owners.get(port) ?? null) as Link[
        "programs"
      ],
      ports: ends.map(this.#shown) as Link["ports"],
    });
    this.#keys.set(key, this.all.length - 1);
    return this.all.length - 1;
  }
}

/** The address that a connect tried, or tries. */
function tried(
  remote: unknown,
  shown: (port: number) => number,
): Partial<Call> {
  const port = portOf(remote);
  if (Number.isNaN(port)) return {};
  return {
    hostname: String(remote).replace(/:\d+$/, ""),
    port: shown(port),
  };
}

/** A program without the comment at its head. */
export function withoutHeader(
  text: string,
): { first: number; lines: string[] } {
  const lines = text.trimEnd().split(/\r?\n/);
  const isComment = lines[0]?.startsWith("/**") || lines[0]?.startsWith('"""');
  const end = !isComment
    ? -1
    : lines[0]?.startsWith("/**")
    ? lines.findIndex((line) => line.includes("*/"))
    : lines.findIndex((line, i) =>
      line.endsWith('"""') && (i > 0 || line.length > 3)
    );
  let first = end + 1;
  while (lines[first] === "") first++;
  return { first: first + 1, lines: lines.slice(first) };
}
