import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { delay } from "@std/async/delay";
import { Process } from "../../../tests/support/mod.ts";
import { VERSION } from "./recording.ts";

/** A program of a recording. */
export interface Program {
  /** What it is called: `server`, `client`. */
  name: string;
  /** `deno` or `python3` and its arguments, or a file and its own. */
  command: string[];
}

/** A line of a recording. */
export interface RecordedEvent {
  /** Its time, in milliseconds since the first event. */
  t: number;
  /** The program, by its place among the programs. */
  p: number;
  /** A program starts, gets Ctrl-C, or has ended; a call begins, or has ended. */
  e: "start" | "interrupt" | "exit" | "begin" | "end";
  /** The number of the call in its program. */
  call?: number;
  [field: string]: unknown;
}

/** How programs run under the recorder. */
export interface RecorderOptions {
  /** The folder where the programs run. */
  cwd: string | URL;
  /** Where files are kept meanwhile; otherwise in the system's folder for them. */
  folder?: URL;
  /** Called with each line that a program prints. */
  onLine?: (program: Program, line: string) => void;
  /** Whether something can be typed to the programs. */
  hasInput?: boolean;
}

/** How a recording is made. */
export interface RecordOptions extends RecorderOptions {
  /** After this time all programs are ended, in milliseconds. */
  limit: number;
  /** The first program gets Ctrl-C as soon as it has begun such a call: `sleep`. */
  interruptIn?: string;
  /** Ends the recording. */
  signal?: AbortSignal;
  /** Whether the programs have got Ctrl-C, too, when the signal is given. */
  isShared?: boolean;
}

/**
 * Programs whose calls all wait for this long have nothing more to do, in
 * milliseconds. A busy machine may wake a program late, so this is generous.
 */
const QUIET = 1_000;
/** How often the calls are looked at, in milliseconds. */
const INTERVAL = 30;
/** How long a program may take to end after Ctrl-C, in milliseconds. */
const END_LIMIT = 6_000;

/** Calls that wait for another program. */
const WAITS = ["accept", "read", "receive", "recv", "recvfrom"];
const isWait = ({ op }: RecordedEvent) => WAITS.includes(String(op));
/** A limit for a wait that is longer than this is not waited for, in milliseconds. */
const LONG = 3_000;

const FOLDER = new URL("./", import.meta.url);

/**
 * Runs programs and writes down their socket calls.
 *
 * Each program starts once those before it wait for another one, or have ended.
 * When all wait and nothing happens any more, the remaining ones get Ctrl-C.
 *
 * @throws {RangeError} If a command is neither for Deno nor for Python.
 *
 * @param programs The programs, in the order in which they start.
 * @param options The folder and the limit.
 * @returns The events of all programs, in order.
 */
export async function record(
  programs: Program[],
  options: RecordOptions,
): Promise<RecordedEvent[]> {
  const { limit, interruptIn, signal, isShared } = options;
  await using recorder = new Recorder(options);
  const running = recorder.programs;
  const deadline = Date.now() + limit;
  const until = async (holds: () => boolean) => {
    while (!holds() && Date.now() < deadline && !signal?.aborted) {
      const [first] = running;
      if (interruptIn !== undefined && first?.hasBegun(interruptIn)) {
        first.interrupt();
      }
      await delay(INTERVAL);
    }
  };
  for (const program of programs) {
    recorder.start(program);
    await until(() => running.every((one) => one.isReady()));
  }
  await until(() => isOver(running));
  if (signal?.aborted && isShared) {
    for (const one of running) one.noteInterrupt();
  }
  await recorder.stop();
  return recorder.events();
}

/** Programs that run under the recorder, and what they have done so far. */
export class Recorder implements AsyncDisposable {
  /** Those that were started, in that order. */
  readonly programs: RunningProgram[] = [];
  readonly #options: RecorderOptions;
  readonly #folder: string;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#folder = Deno.makeTempDirSync(
      options.folder && { dir: fileURLToPath(options.folder) },
    );
  }

  /**
   * Starts a program.
   *
   * @throws {RangeError} If its command is neither for Deno nor for Python.
   */
  start(program: Program): RunningProgram {
    const p = this.programs.length;
    const file = `${this.#folder}/${p}`;
    const running = new RunningProgram(p, file, program, this.#options);
    this.programs.push(running);
    return running;
  }

  /**
   * The events so far, in order.
   *
   * @param change Changes them, while their times are those of the clock.
   */
  events(
    change = (events: RecordedEvent[]) => events,
  ): RecordedEvent[] {
    const events = change(this.programs.flatMap((one) => one.newest()))
      .sort((a, b) => a.t - b.t);
    const zero = events[0]?.t ?? 0;
    const micro = (t: number) => Math.round((t - zero) * 1000) / 1000;
    return events.map((event) => ({ ...event, t: micro(event.t) }));
  }

  /**
   * Ends the programs that still run, with Ctrl-C.
   *
   * @param patience How long each may take, in milliseconds; then it is killed.
   */
  async stop(patience = END_LIMIT): Promise<void> {
    // The last one first: a server sees its clients go.
    for (const one of this.programs.toReversed()) await one.stop(patience);
  }

  /** Ends the programs, and removes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** Whether nothing will happen any more. */
function isOver(running: RunningProgram[]): boolean {
  if (running.every((one) => one.hasEnded)) return true;
  const now = Date.now();
  return running.every((one) =>
    one.hasEnded || one.isWaiting() && now - one.lastTime() > QUIET
  );
}

/** A program that is running under the recorder. */
export class RunningProgram {
  hasEnded = false;
  readonly #p: number;
  readonly #process: Process;
  readonly #ended: Promise<void>;
  readonly #events: RecordedEvent[] = [];
  readonly #pending = new Map<number, RecordedEvent>();
  readonly #calls: Deno.FsFile;
  readonly #decoder = new TextDecoder();
  /** The part of a line that has been read. */
  #rest = "";
  readonly #begun = new Set<string>();
  #isInterrupted = false;

  constructor(
    p: number,
    file: string,
    program: Program,
    { cwd, hasInput = false, onLine }: RecorderOptions,
  ) {
    this.#p = p;
    const [command = "", ...args] = recordedCommand(program.command, file);
    Deno.writeTextFileSync(file, "");
    this.#process = Process.start(command, args, {
      cwd,
      hasInput,
      onLine: (line) => onLine?.(program, line),
      ...environment(),
    });
    this.#calls = Deno.openSync(file);
    const folder = cwd instanceof URL ? fileURLToPath(cwd) : cwd;
    const path = resolve(folder, fileOf(program.command));
    this.#add({ t: Date.now(), e: "start", ...program, file: path });
    this.#ended = this.#wait();
  }

  /** Whether it waits for another program; a task of it may do something else. */
  isReady(): boolean {
    this.#poll();
    return this.hasEnded || this.#pending.values().some(isWait);
  }

  /** Whether it only waits for another program, and for no time to pass. */
  isWaiting(): boolean {
    this.#poll();
    const pending = [...this.#pending.values()].filter(({ op, t, ms }) =>
      op !== "limit" || Number(ms) <= LONG && Date.now() < t + Number(ms)
    );
    return this.hasEnded || pending.length > 0 && pending.every(isWait);
  }

  /** Its events so far; their times are those of the clock. */
  newest(): RecordedEvent[] {
    this.#poll();
    return this.#events;
  }

  /** The time of its last event. */
  lastTime(): number {
    return this.#events.at(-1)?.t ?? 0;
  }

  /**
   * Writes text to its standard input.
   *
   * @throws {Error} If it has ended, or has closed its input.
   */
  type(text: string): Promise<void> {
    return this.#process.type(text);
  }

  /** Ends its standard input, as Ctrl-D does in a terminal. */
  endInput(): Promise<void> {
    return this.#process.endInput();
  }

  /** Whether it has begun a call of this name. */
  hasBegun(op: string): boolean {
    this.#poll();
    return this.#begun.has(op);
  }

  /** Writes down that it gets Ctrl-C, unless it has ended; it gets that once. */
  noteInterrupt(): boolean {
    if (this.hasEnded || this.#isInterrupted) return false;
    this.#isInterrupted = true;
    this.#poll();
    this.#add({ t: Math.max(Date.now(), this.lastTime()), e: "interrupt" });
    return true;
  }

  /** Sends it Ctrl-C; once, unless it is to get it again. */
  interrupt(isAgain = false): void {
    const isFirst = this.noteInterrupt();
    if (isFirst || isAgain && !this.hasEnded) this.#kill("SIGINT");
  }

  /** Ends it with Ctrl-C, if it has not ended, and by force if that does nothing. */
  async stop(patience: number): Promise<void> {
    if (!this.hasEnded) {
      this.interrupt();
      const timer = setTimeout(() => this.#kill("SIGKILL"), patience);
      await this.#ended;
      clearTimeout(timer);
    }
    await this.#ended;
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended by itself.
    }
  }

  async #wait(): Promise<void> {
    this.#process.limit = 24 * 60 * 60 * 1000;
    const { code, stderr } = await this.#process.ended();
    const t = Date.now();
    await this.#process.endInput();
    this.#poll();
    this.hasEnded = true;
    this.#calls.close();
    const error = code === 0 || this.#isInterrupted ? null : errorOf(stderr);
    this.#add({
      t: Math.max(t, this.lastTime()),
      e: "exit",
      status: code,
      ...(error === null ? {} : { error }),
    });
  }

  #add(event: Omit<RecordedEvent, "p"> & { t: number }): void {
    this.#events.push({ ...event, p: this.#p } as RecordedEvent);
  }

  #poll(): void {
    if (this.hasEnded) return;
    for (const line of this.#newLines()) {
      const event = JSON.parse(line) as RecordedEvent;
      this.#add(event);
      const call = event.call ?? 0;
      if (event.e !== "begin") this.#pending.delete(call);
      else {
        this.#pending.set(call, event);
        this.#begun.add(String(event.op));
      }
    }
  }

  /** The lines that it has written since the last time. */
  #newLines(): string[] {
    const buffer = new Uint8Array(64 * 1024);
    for (let n; (n = this.#calls.readSync(buffer)) !== null;) {
      const chunk = buffer.subarray(0, n);
      this.#rest += this.#decoder.decode(chunk, { stream: true });
    }
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}

/** The file among the words of a command. */
export function fileOf(command: string[]): string {
  return command.find((word) => /^[^-].*\.(?:[jt]s|py)$/.test(word)) ?? "";
}

/**
 * The environment of a program, without that of Deno's coverage: with it, V8 names the
 * line of the `await` before for some calls.
 */
function environment(): { env: Record<string, string>; clearEnv?: boolean } {
  const env = { NO_COLOR: "1" };
  const { state } = Deno.permissions.querySync({ name: "env" });
  if (state !== "granted") return { env };
  const { DENO_COVERAGE_DIR: _, ...others } = Deno.env.toObject();
  return { env: { ...others, ...env }, clearEnv: true };
}

/** The line that says what went wrong. */
function errorOf(stderr: string): string | null {
  const lines = stderr.trimEnd().split("\n");
  const line = lines.find((line) => line.startsWith("error: ")) ?? lines.at(-1);
  return line?.replace(/^error: (?:Uncaught )?(?:\(in promise\) )?/, "") ||
    null;
}

/** The permissions of a program that is given as a file. */
export const PERMISSIONS = ["--allow-net", "--allow-read", "--allow-env"];

/** The command that runs a program under the recorder. */
export function recordedCommand(command: string[], file: string): string[] {
  const [first = "", ...rest] = command;
  if (first.endsWith(".py")) return python(file, command);
  if (/\.[jt]s$/.test(first)) return deno(file, [...PERMISSIONS, ...command]);
  if (first === "python3") return python(file, rest);
  if (first === "deno" && rest[0] === "run") return deno(file, rest.slice(1));
  throw new RangeError(
    `Cannot record ${first}: only programs for deno run and python3`,
  );
}

function deno(file: string, args: string[]): string[] {
  const calls = new URL("deno_calls.ts", FOLDER);
  calls.searchParams.set("out", file);
  // The program keeps its permissions; the file is all that is added to them.
  const write = args.findIndex((arg) => arg.startsWith("--allow-write="));
  const has = args.some((arg) =>
    ["-A", "--allow-all", "--allow-write", "-W"].includes(arg)
  );
  const all = write === -1
    ? has ? args : [`--allow-write=${file}`, ...args]
    : args.with(write, `${args[write]},${file}`);
  return [Deno.execPath(), "run", `--preload=${calls.href}`, ...all];
}

function python(file: string, args: string[]): string[] {
  const calls = fileURLToPath(new URL("python_calls.py", FOLDER));
  return ["python3", "-uX", "utf8", calls, file, ...args];
}

/** A recording as JSON lines. */
export function toLines(events: RecordedEvent[]): string {
  return [{ version: VERSION }, ...events]
    .map((line) => `${JSON.stringify(line)}\n`).join("");
}
