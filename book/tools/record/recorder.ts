import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { delay } from "@std/async/delay";
import { Guard } from "./guard.ts";
import { OutputPipe } from "./program_output.ts";
import { fileOf, recordedCommand } from "./recorded_command.ts";
import { item, KEPT, VERSION } from "./recording.ts";

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
  /**
   * A program starts, gets Ctrl-C, has ended, or uses what is not recorded; a call
   * begins, or has ended.
   */
  e: "start" | "interrupt" | "exit" | "note" | "begin" | "end";
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
  /** Called with what a program prints, as it comes. */
  onPrint?: (program: Program, text: string) => void;
  /** Called when a program uses what is not recorded: `fetch`. */
  onNote?: (program: Program, what: string) => void;
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
}

/**
 * Programs whose calls all wait for this long have nothing more to do, in
 * milliseconds. A busy machine may wake a program late, so this is generous.
 */
const QUIET = 1_000;
/** How often the calls are looked at, in milliseconds. */
const INTERVAL = 30;
/** A program that has made no call for so long is not waited for, in milliseconds. */
const SETTLED = 500;
/** How long a program is waited for before the next one starts, in milliseconds. */
const START_LIMIT = 8_000;
/** How long a program may take to end after Ctrl-C, in milliseconds. */
const END_LIMIT = 6_000;

/** Calls that wait for another program. */
const WAITS = [
  ...["accept", "read", "receive", "recv", "recvfrom", "select", "input"],
];
const isWait = ({ op }: RecordedEvent) => WAITS.includes(String(op));
/** These wait while the other side does not read. */
const SENDS = ["write", "send", "sendall"];
const isSend = ({ op }: RecordedEvent) => SENDS.includes(String(op));
/** A limit for a wait that is longer than this is not waited for, in milliseconds. */
const LONG = 3_000;
const isPassing = ({ t, ms }: RecordedEvent) =>
  Number(ms) <= LONG && Date.now() < t + Number(ms);

/** How long the output of a program that has ended is waited for, in milliseconds. */
const LAST_OUTPUT = 300;
/** How many characters of standard error are kept, to tell why a program has ended. */
const ERROR_END = 10_000;
/** The numbers of the calls that are recorded from a pipe; those of a program are less. */
const FIRST_FROM_PIPE = 2e9;
/** How many such calls are kept. */
const MOST_FROM_PIPE = 10_000;

const isWindows = Deno.build.os === "windows";

const PYTHON_CALLS = new URL("python_calls.py", import.meta.url);

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
  const { limit, interruptIn, signal } = options;
  await using recorder = new Recorder(options);
  const running = recorder.programs;
  const deadline = Date.now() + limit;
  const isLate = () => Date.now() >= deadline || signal?.aborted === true;
  const until = async (holds: () => boolean) => {
    while (!holds() && !isLate()) {
      const [first] = running;
      if (interruptIn !== undefined && first?.hasBegun(interruptIn)) {
        first.interrupt();
      }
      await delay(INTERVAL);
    }
  };
  for (const program of programs) {
    if (isLate()) break;
    recorder.start(program);
    await until(() => recorder.isReady());
  }
  await until(() => isOver(running));
  await recorder.stop();
  return recorder.events();
}

/** Programs that run under the recorder, and what they have done so far. */
export class Recorder implements AsyncDisposable {
  /** Those that were started, in that order. */
  readonly programs: RunningProgram[] = [];
  readonly #options: RecorderOptions;
  readonly #folder: string;
  readonly #guard: Guard;
  #startedAt = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#folder = Deno.makeTempDirSync(
      options.folder && { dir: fileURLToPath(options.folder) },
    );
    this.#guard = new Guard(this.#folder);
  }

  /**
   * Starts a program.
   *
   * @throws {RangeError} If its command is neither for Deno nor for Python.
   */
  start(program: Program): RunningProgram {
    const p = this.programs.length;
    const folder = `${this.#folder}/${p}`;
    const running = new RunningProgram(p, folder, program, this.#options);
    this.#guard.add(running.pid);
    this.programs.push(running);
    this.#startedAt = Date.now();
    return running;
  }

  /**
   * Whether the next program can start: the others wait, have ended, or have made no
   * call for a moment. One of which nothing is recorded is waited for a while.
   */
  isReady(): boolean {
    return this.programs.every((one) => one.isReady()) ||
      Date.now() - this.#startedAt > START_LIMIT;
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

  /** Ends the programs and what they have started, and removes the files. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#guard.close();
    await Promise.all(this.programs.map((one) => one.close()));
    if (isWindows) await Deno.remove(this.#folder, { recursive: true });
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
  readonly #program: Program;
  readonly #options: RecorderOptions;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array> | undefined;
  readonly #ended: Promise<void>;
  /** Of standard output and error, which its children may keep open. */
  readonly #readers: ReadableStreamDefaultReader<Uint8Array>[];
  readonly #output: Promise<unknown>;
  readonly #events: RecordedEvent[] = [];
  readonly #pending = new Map<number, RecordedEvent>();
  readonly #calls: Deno.FsFile;
  readonly #buffer = new Uint8Array(64 * 1024);
  readonly #decoder = new TextDecoder();
  /** Standard output and error. */
  readonly #pipes = [1, 2].map((fd) => ({
    fd,
    pipe: new OutputPipe(),
    decoder: new TextDecoder(),
  }));
  /** The end of what came by standard error. */
  #stderr = "";
  #fromPipe = 0;
  /** The part of a line that has been read. */
  #rest = "";
  #isInterrupted = false;
  /** Whether it uses what is not recorded: it may wait in that. */
  #isUnrecorded = false;
  /** How many calls it made after those that are recorded. */
  #more: RecordedEvent | undefined;

  constructor(
    p: number,
    folder: string,
    program: Program,
    options: RecorderOptions,
  ) {
    const { cwd, hasInput = false } = options;
    this.#p = p;
    this.#program = program;
    this.#options = options;
    const { words: [command = "", ...args], env } = recordedCommand(
      program.command,
      folder,
    );
    Deno.mkdirSync(folder);
    Deno.copyFileSync(PYTHON_CALLS, `${folder}/sitecustomize.py`);
    Deno.writeTextFileSync(`${folder}/calls`, "");
    this.#child = new Deno.Command(command, {
      args,
      cwd,
      stdin: hasInput ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
      // So a signal reaches its children, too, as Ctrl-C in a terminal does.
      detached: !isWindows,
      env: { NO_COLOR: "1", ...env },
    }).spawn();
    this.#input = hasInput ? this.#child.stdin.getWriter() : undefined;
    this.#calls = Deno.openSync(`${folder}/calls`);
    const path = resolve(
      cwd instanceof URL ? fileURLToPath(cwd) : cwd,
      fileOf(program.command),
    );
    this.#add({ t: Date.now(), e: "start", ...program, file: path });
    const { stdout, stderr } = this.#child;
    this.#readers = [stdout.getReader(), stderr.getReader()];
    this.#output = Promise.all(this.#readers.map((_, i) => this.#read(i)));
    this.#ended = this.#wait();
  }

  /** The number of its process. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * Whether it waits for another program, or has made no call for a moment; a task of it
   * may do something else.
   */
  isReady(): boolean {
    this.#poll();
    const isQuiet = this.#events.length > 1 &&
      Date.now() - this.lastTime() > SETTLED;
    const pending = [...this.#pending.values()];
    return this.hasEnded || pending.some(isWait) ||
      isQuiet &&
        !pending.some((call) => call.op === "sleep" && isPassing(call));
  }

  /** Whether it only waits for another program, and for no time to pass. */
  isWaiting(): boolean {
    this.#poll();
    const pending = [...this.#pending.values()].filter((call) =>
      call.op !== "limit" || isPassing(call)
    );
    const isKnown = pending.length > 0 || this.#isUnrecorded;
    return this.hasEnded ||
      isKnown &&
        pending.every((call) =>
          isSend(call) ||
          isWait(call) && !(call.op === "select" && isPassing(call))
        );
  }

  /** Its events so far; their times are those of the clock. */
  newest(): RecordedEvent[] {
    this.#poll();
    return this.#events;
  }

  /** The time of its last event. */
  lastTime(): number {
    return Math.max(this.#events.at(-1)?.t ?? 0, this.#more?.t ?? 0);
  }

  /**
   * Writes text to its standard input.
   *
   * @throws {Error} If it has ended, or has closed its input.
   */
  async type(text: string): Promise<void> {
    await this.#input?.write(new TextEncoder().encode(text));
  }

  /** Ends its standard input, as Ctrl-D does in a terminal. */
  async endInput(): Promise<void> {
    try {
      await this.#input?.close();
    } catch {
      // It is closed already, or the program has ended.
    }
  }

  /** Whether it has begun a call of this name. */
  hasBegun(op: string): boolean {
    return this.newest().some((event) => event.op === op);
  }

  /** Sends it Ctrl-C; once, unless it is to get it again. */
  interrupt(isAgain = false): void {
    if (this.hasEnded || this.#isInterrupted && !isAgain) return;
    if (!this.#isInterrupted) {
      this.#isInterrupted = true;
      this.#poll();
      this.#add({ t: Math.max(Date.now(), this.lastTime()), e: "interrupt" });
    }
    this.#kill("SIGINT");
  }

  /** Ends it with Ctrl-C, if it has not ended, and by force if that does nothing. */
  async stop(patience: number): Promise<void> {
    this.interrupt();
    const timer = setTimeout(() => this.#kill("SIGKILL"), patience);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Reads no more of what its children print, once it has ended. */
  async close(): Promise<void> {
    await this.#ended;
    await Promise.all(this.#readers.map((reader) => reader.cancel()));
    await this.#output;
  }

  #kill(signal: Deno.Signal): void {
    try {
      if (isWindows) this.#child.kill(signal);
      else Deno.kill(-this.pid, signal);
    } catch (error) {
      // It has ended by itself.
      if (
        !(error instanceof TypeError) &&
        !(error instanceof Deno.errors.NotFound)
      ) throw error;
    }
  }

  async #wait(): Promise<void> {
    const { code } = await this.#child.status;
    const t = Date.now();
    await this.endInput();
    // A child may hold the pipes open.
    const late = new AbortController();
    await Promise.race([
      this.#output,
      delay(LAST_OUTPUT, late).catch(() => {}),
    ]);
    late.abort();
    this.#poll();
    this.hasEnded = true;
    this.#calls.close();
    const error = code === 0 || this.#isInterrupted
      ? null
      : errorOf(this.#stderr);
    this.#add({
      t: Math.max(t, this.lastTime()),
      e: "exit",
      status: code,
      ...(error === null ? {} : { error }),
    });
  }

  /** Reads what comes by a pipe. */
  async #read(i: number): Promise<void> {
    const reader = item(this.#readers, i);
    for (let chunk; (chunk = (await reader.read()).value) !== undefined;) {
      this.#poll();
      const { fd, pipe } = item(this.#pipes, i);
      if (fd === 2) {
        const text = this.#stderr + new TextDecoder().decode(chunk);
        this.#stderr = text.slice(-ERROR_END);
      }
      const rest = pipe.rest(chunk);
      if (rest.length === 0) continue;
      this.#print(fd, rest);
      if (this.hasEnded || this.#fromPipe === MOST_FROM_PIPE) continue;
      const call = FIRST_FROM_PIPE + this.#fromPipe++;
      const t = Date.now();
      const data = rest.subarray(0, KEPT).toHex();
      const fields = {
        op: "print",
        task: 0,
        line: 0,
        fd,
        n: rest.length,
        data,
      };
      this.#add({ t, e: "begin", call, ...fields });
      this.#add({ t, e: "end", call });
    }
  }

  #print(fd: number, bytes: Uint8Array): void {
    const { decoder } = item(this.#pipes, fd - 1);
    const text = decoder.decode(bytes, { stream: true });
    this.#options.onPrint?.(this.#program, text);
  }

  /** Takes what a call prints, and shows it. */
  #expect(fd: number, n: number, hex: string): void {
    const data = Uint8Array.fromHex(hex);
    item(this.#pipes, fd - 1).pipe.expect(n, data);
    this.#print(fd, data);
    const more = n - data.length;
    if (more === 0) return;
    this.#options.onPrint?.(this.#program, `… (${more} more bytes)\n`);
  }

  #add(event: Omit<RecordedEvent, "p"> & { t: number }): RecordedEvent {
    const added = { ...event, p: this.#p } as RecordedEvent;
    this.#events.push(added);
    return added;
  }

  #poll(): void {
    if (this.hasEnded) return;
    for (const line of this.#newLines()) this.#take(JSON.parse(line));
  }

  /** Takes an event that the program has written down. */
  #take(event: RecordedEvent): void {
    const { call = 0, op, n, data } = event;
    if (String(event.e) === "more") {
      return this.#takeMore(call, Number(n), String(data));
    }
    if (typeof event.file === "string" && !event.file.startsWith("file:")) {
      event.file = pathToFileURL(event.file).href;
    }
    if (this.#more !== undefined && event.more !== undefined) {
      Object.assign(this.#more, event);
      return;
    }
    const added = this.#add(event);
    if (event.e === "note") {
      this.#isUnrecorded = true;
      if (event.more !== undefined) this.#more = added;
      const { text = "the calls after the first 50,000" } = event;
      this.#options.onNote?.(this.#program, String(text));
    } else if (event.e === "end") this.#pending.delete(call);
    else this.#pending.set(call, added);
    if (op === "print") this.#expect(Number(event.fd), Number(n), String(data));
  }

  /** A call prints more: the end of the line, after its arguments. */
  #takeMore(call: number, n: number, data: string): void {
    const begin = this.#pending.get(call);
    if (begin === undefined) return;
    begin.n = Number(begin.n) + n;
    begin.data = (String(begin.data) + data).slice(0, 2 * KEPT);
    this.#expect(Number(begin.fd), n, data);
  }

  /** The lines that it has written since the last time. */
  #newLines(): string[] {
    for (let n; (n = this.#calls.readSync(this.#buffer)) !== null;) {
      const chunk = this.#buffer.subarray(0, n);
      this.#rest += this.#decoder.decode(chunk, { stream: true });
    }
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}

/** The line that says what went wrong. */
function errorOf(stderr: string): string | null {
  const lines = stderr.trimEnd().split("\n");
  const line = lines.find((line) => line.startsWith("error: ")) ?? lines.at(-1);
  return line?.replace(/^error: (?:Uncaught )?(?:\(in promise\) )?/, "") ||
    null;
}

/** A recording as JSON lines. */
export function toLines(events: RecordedEvent[]): string {
  return [{ version: VERSION }, ...events]
    .map((line) => `${JSON.stringify(line)}\n`).join("");
}
