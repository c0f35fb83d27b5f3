import { isAbsolute, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { RecordedEvent } from "./recorder.ts";
import type { Call, Link, RecordedProgram, RecordedRun } from "./recording.ts";

/** What the book shows instead of the first ephemeral port; then the next one. */
const FIRST_EPHEMERAL = 51234;

/** How many bytes of a call are kept. */
const KEPT = 2048;

/** How a run is made. */
export interface RunOptions {
  /** The folder that paths are relative to. */
  root: URL;
  /** Port numbers and what is shown instead. */
  ports?: ReadonlyMap<number, number>;
  /** Reads a program. */
  read?: (path: string) => string;
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
  { root, ports = new Map(), read = Deno.readTextFileSync }: RunOptions,
): RecordedRun {
  const starts = events.filter(({ e }) => e === "start");
  const main = starts.map(({ p }) =>
    events.find((event) =>
      event.p === p && event.e === "begin" && event.file !== undefined
    )?.file as string | undefined
  );
  const programs = starts.map(({ command, name }, p): RecordedProgram => {
    const path = main[p] === undefined
      ? fileOf(command as string[])
      : fileURLToPath(main[p]);
    const exit = events.find((event) => event.p === p && event.e === "exit");
    const inRoot = relative(fileURLToPath(root), path);
    const words = command as string[];
    return {
      name: String(name),
      language: path.endsWith(".py") ? "python" : "deno",
      file: inRoot.startsWith("..") || isAbsolute(inRoot) ? path : inRoot,
      args: words.slice(words.indexOf(fileOf(words)) + 1)
        .map((word) => String(ports.get(Number(word)) ?? word)),
      ...withoutHeader(read(path)),
      end: exit?.t ?? events.at(-1)?.t ?? 0,
      status: Number(exit?.status ?? 0),
      ...(exit?.stopped ? { isStopped: true as const } : {}),
      ...(typeof exit?.error === "string" ? { error: exit.error } : {}),
    };
  });
  const shown = new Map(ports);
  const links = new Links(events, (port) => {
    if (port >= 32768 && !shown.has(port)) {
      const others = [...shown.values()].filter((p) => p >= FIRST_EPHEMERAL);
      shown.set(port, FIRST_EPHEMERAL + others.length);
    }
    return shown.get(port) ?? port;
  });
  const calls = events.filter(({ e, p, file }) =>
    e === "begin" && file === main[p]
  ).map((begin) => {
    const end = events.find(({ e, p, call }) =>
      e === "end" && p === begin.p && call === begin.call
    );
    const lines = programs[begin.p]!;
    return callOf(begin, end, lines, links);
  });
  return { programs, links: links.all, calls };
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
    ...(typeof data === "string" ? { data: data.slice(0, 2 * KEPT) } : {}),
    ...(isEnd ? { isEnd: true as const } : {}),
    ...(typeof end?.error === "string" ? { error: end.error } : {}),
    ...(typeof begin.ms === "number" ? { ms: begin.ms } : {}),
    ...(end?.cleared ? { isCleared: true as const } : {}),
  };
}

const portOf = (address: unknown) =>
  typeof address === "string" ? Number(/:(\d+)$/.exec(address)?.[1]) : NaN;

/** The links of a recording, and which call belongs to which. */
class Links {
  readonly all: Link[] = [];
  readonly #shown: (port: number) => number;
  /** The local port of a socket, or both of its ports, as they really were. */
  readonly #sockets = new Map<string, { local: number; remote?: number }>();
  /** The last socket of a task: its timers are about that one. */
  readonly #keys = new Map<string, number>();
  readonly #last = new Map<string, { link: number; side: 0 | 1 }>();
  readonly #events: RecordedEvent[];

  constructor(events: RecordedEvent[], shown: (port: number) => number) {
    this.#events = events;
    this.#shown = shown;
    for (const event of events) {
      if (event.e !== "end" || event.local === undefined) continue;
      const { p, opened, local, remote } = event;
      const socket = opened ?? this.#begin(event)?.socket;
      this.#sockets.set(`${p} ${socket}`, {
        local: portOf(local),
        ...(opened === undefined ? {} : { remote: portOf(remote) }),
      });
    }
  }

  #begin({ p, call }: RecordedEvent): RecordedEvent | undefined {
    return this.#events.find((event) =>
      event.e === "begin" && event.p === p && event.call === call
    );
  }

  /** The fields of a call that say what it was about. */
  of(
    begin: RecordedEvent,
    end: RecordedEvent | undefined,
  ): Partial<Call> {
    const { p, op, task } = begin;
    const socket = this.#sockets.get(`${p} ${end?.opened ?? begin.socket}`);
    if (op === "listen" || op === "bind") {
      const port = this.#shown(portOf(end?.local));
      return Number.isNaN(port) ? {} : { port };
    }
    if (begin.socket === undefined) {
      return this.#last.get(`${p} ${task}`) ?? {};
    }
    const far = begin.remote ?? end?.remote;
    const remote = socket?.remote ?? portOf(far);
    if (socket === undefined || Number.isNaN(remote)) return {};
    const isUdp = socket.remote === undefined;
    const isFirst = op !== "accept" && op !== "receive" && op !== "recvfrom";
    const link = this.#link(
      isUdp,
      socket.local,
      remote,
      isFirst || isUdp ? p : this.#owner(remote, p),
    );
    const side = this.all[link]!.ports[0] === this.#shown(socket.local) ? 0 : 1;
    this.all[link]!.programs[side] = p;
    this.#last.set(`${p} ${task}`, { link, side });
    return { link, side };
  }

  #owner(port: number, otherwise: number): number {
    for (const [key, { local }] of this.#sockets) {
      if (local === port) return Number(key.split(" ")[0]);
    }
    return otherwise;
  }

  #link(isUdp: boolean, local: number, remote: number, p: number): number {
    const key = [local, remote].sort().join(" ") + isUdp;
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    // The end on an ephemeral port is the client's.
    const isClient = this.#isListening(remote) || !this.#isListening(local);
    const ends = isClient ? [local, remote] : [remote, local];
    this.all.push({
      transport: isUdp ? "UDP" : "TCP",
      programs: isClient
        ? [p, this.#owner(remote, p)]
        : [this.#owner(remote, p), p],
      ports: ends.map(this.#shown) as [number, number],
    });
    this.#keys.set(key, this.all.length - 1);
    return this.all.length - 1;
  }

  /** Whether a port was listened on, or bound by the program that sent last. */
  #isListening(port: number): boolean {
    const begin = this.#events.find((event) =>
      event.e === "end" && event.opened === undefined &&
      portOf(event.local) === port
    );
    return begin !== undefined && begin.p === 0;
  }
}

/** The file among the words of a command. */
function fileOf(command: string[]): string {
  return command.find((word) => /\.(?:[jt]s|py)$/.test(word)) ?? "";
}

/** A program without the comment at its head. */
export function withoutHeader(
  text: string,
): { first: number; lines: string[] } {
  const lines = text.trimEnd().split("\n");
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
