import { concat } from "../io/mod.ts";
import { type Clock, systemClock } from "../net/mod.ts";
import { printable } from "../text/mod.ts";
import { CommandError, systemMessage } from "./errors.ts";

/** A stream that bytes can be written to: standard output, or a test's. */
export interface Sink {
  /**
   * Writes some of `p`, at least 1 byte, and resolves to how many. After
   * `WouldBlock` the next call has the same bytes.
   */
  write(p: Uint8Array): Promise<number>;
}

/** The longest that a line waits for earlier ones on the other stream, in ms. */
const PROMPT = 100;

/** The shortest and longest pause before a write that would have blocked, in ms. */
const RETRY = { min: 5, max: 100 };

/** The most bytes of lines that wait for a stream: some 5,000 lines. */
const MAX_QUEUED = 256 * 1_024;

/**
 * The most bytes of one write. A pipe takes that many whole or not at all
 * (PIPE_BUF of Linux), so lines of several processes are not mixed in it.
 */
const BATCH = 4_096;

/**
 * The most bytes of one write of data. In parts of 4,096 bytes a page of 1 GB takes
 * four times as long.
 */
const LARGE = 262_144;

/** After this many bytes a stream has shown that it waits, and does not refuse. */
const PROBE = 1_048_576;

/** Something to be written: a line, or bytes whose write is awaited. */
interface Item {
  readonly bytes: Uint8Array;
  /** Its place in the order of both streams. */
  readonly order: number;
  /** When it was added. */
  readonly since: number;
  /** How the write of bytes settles; a line has none. */
  readonly written?: PromiseWithResolvers<void>;
  /** Called if the line is dropped, instead of counting it. */
  readonly dropped?: () => void;
}

/** One of the two streams, and what waits for it. */
class Stream {
  readonly queue: Item[] = [];
  /** The bytes in the queue, those of the write under way included. */
  queued = 0;
  /** How many bytes it has taken, since it never refused any. */
  taken = 0;
  /** When the write under way began; null: there is none. */
  writingSince: number | null = null;
  /** Cancels the timer of a line that waits for the other stream. */
  cancelWait: (() => void) | null = null;
  /** How many lines were dropped since that was last said, and why. */
  lost = 0;
  reason = "";
  /** The reader has ended, which needs no mention at the end. */
  hasNoReader = false;
  /** Whether lines are dropped because too many wait. */
  isOverfull = false;
  /** Whether a line was cut off, so that the next one must begin a new one. */
  isTorn = false;
  /** Whether the last write failed, so that Deno's buffer may hold a part of it. */
  hasFailed = false;

  constructor(readonly name: string, readonly sink: Sink) {}

  /** Counts a line that is dropped. */
  drop(dropped: (() => void) | undefined, reason: string): void {
    if (dropped !== undefined) return dropped();
    this.lost++;
    this.reason = reason;
  }
}

/** What an {@linkcode Output} writes to. */
export interface OutputOptions {
  /** Standard output; a test's own. */
  stdout?: Sink;
  /** Standard error; a test's own. */
  stderr?: Sink;
  /** The time; a test's own. */
  clock?: Clock;
}

/** How long {@linkcode Output.flush} may take. */
export interface FlushOptions {
  /** The longest wait, in milliseconds. By default there is no limit. */
  limit?: number;
  /** The limit counts from when this is aborted. */
  signal?: AbortSignal;
}

/**
 * Standard output and standard error of a program that must not depend on them.
 *
 * Writing is asynchronous, because `writeSync` to a pipe that is not read, or to
 * a terminal after Ctrl-S, stops the event loop, signals included. Each stream
 * has one write under way at most, and lines wait in a queue of limited size.
 * Lines are written in their order, across both streams too, except that a stream
 * that is stuck for 100 ms no longer holds up the other.
 *
 * No line ever throws. What happens to lines that cannot be written depends on
 * what they are:
 *
 * - A server's standard output is a log (`lossy`), and so is standard error: lines
 *   are dropped and counted, and standard error says how many once the stream
 *   works again, or at the end.
 * - A client's standard output is its result. No line is dropped while the stream
 *   is slow; after a failure the rest goes nowhere, and `flush` returns the error.
 *
 * A reader that has ended (`| head -1`) is no failure for lines: the rest goes
 * nowhere, as the program may have other work to finish. For `write` it is one.
 *
 * `console.log` would not do: its first argument is a format (`%s`), it blocks,
 * and it fails silently.
 *
 * @example
 * ```ts
 * import { Output } from "./_output.ts";
 * import { assertEquals } from "@std/assert";
 *
 * let text = "";
 * const stdout = {
 *   write(p: Uint8Array) {
 *     text += new TextDecoder().decode(p);
 *     return Promise.resolve(p.length);
 *   },
 * };
 * const output = new Output("count.ts", { stdout });
 * output.print("100 %s");
 * assertEquals(await output.flush(), null);
 * assertEquals(text, "100 %s\n");
 * ```
 */
export class Output {
  /** Whether standard output is a log, whose lines may be dropped. */
  lossy = false;
  readonly #script: string;
  readonly #clock: Clock;
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  readonly #encoder = new TextEncoder();
  readonly #whenIdle = new Set<() => void>();
  #order = 0;
  #failure: CommandError | null = null;

  /** `script` is the name in front of warnings. */
  constructor(
    script: string,
    { stdout = standardOutput(), stderr = Deno.stderr, clock = systemClock }:
      OutputOptions = {},
  ) {
    this.#script = script;
    this.#clock = clock;
    this.#stdout = new Stream("standard output", stdout);
    this.#stderr = new Stream("standard error", stderr);
  }

  /** Writes a line to standard output, sooner or later. */
  print(line: string): void {
    this.#addLine(this.#stdout, line);
  }

  /** Writes a line to standard error, sooner or later. */
  error(line: string): void {
    this.#addLine(this.#stderr, line);
  }

  /** Writes a line to standard error, with the script's name in front. */
  warn(line: string): void {
    this.error(`${this.#script}: ${line}`);
  }

  /**
   * Writes bytes to standard output, behind the lines before, and waits until they
   * are written.
   *
   * @throws {CommandError} If they cannot be.
   */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const written = Promise.withResolvers<void>();
    this.#add(this.#stdout, bytes, { written });
    return written.promise;
  }

  /**
   * Waits until everything is written or has failed, within the limit. What is
   * still not written then, because a stream is stuck, is given up.
   *
   * @returns The first failure of standard output, unless it is `lossy`.
   */
  async flush(options: FlushOptions = {}): Promise<CommandError | null> {
    if (!await this.#idle(options, this.#stdout, this.#stderr)) {
      for (const stream of this.#streams) this.#giveUp(stream);
    }
    let isSaid = false;
    for (const stream of this.#streams) {
      if (stream.hasNoReader || stream.lost === 0) continue;
      this.#sayLost(stream);
      isSaid = true;
    }
    if (isSaid && !await this.#idle(options, this.#stderr)) {
      this.#giveUp(this.#stderr);
    }
    return this.#failure;
  }

  /**
   * Whether a write is still under way, or the last one failed. After `flush` only
   * `Deno.exit` ends the process as it should then: a write keeps it alive, perhaps
   * for ever, and Deno's own end tries once more to write what failed, which may be
   * beyond the limit for files (SIGXFSZ).
   */
  get pending(): boolean {
    return this.#streams.some(({ writingSince, hasFailed }) =>
      writingSince !== null || hasFailed
    );
  }

  get #streams(): [Stream, Stream] {
    return [this.#stdout, this.#stderr];
  }

  #addLine(stream: Stream, line: string, dropped?: () => void): void {
    const isResult = stream === this.#stdout && !this.lossy;
    if (isResult && (this.#failure !== null || stream.hasNoReader)) return;
    const bytes = this.#encoder.encode(line + "\n");
    const isFull = stream.queued > 0 &&
      stream.queued + bytes.length > MAX_QUEUED;
    if (!isResult && (stream.isOverfull || isFull)) {
      stream.isOverfull = true;
      stream.drop(dropped, NOT_READ);
    } else {
      this.#add(stream, bytes, dropped === undefined ? {} : { dropped });
    }
  }

  #add(
    stream: Stream,
    bytes: Uint8Array,
    more: Pick<Item, "written" | "dropped">,
  ): void {
    const since = this.#clock.now();
    stream.queue.push({ bytes, order: this.#order++, since, ...more });
    stream.queued += bytes.length;
    this.#start(stream);
  }

  /** Starts a write if there is something to write and its turn has come. */
  #start(stream: Stream): void {
    const [first] = stream.queue;
    if (first === undefined || stream.writingSince !== null) return;
    const wait = this.#wait(stream, first);
    if (wait > 0) {
      stream.cancelWait ??= this.#clock.later(() => {
        stream.cancelWait = null;
        this.#start(stream);
      }, wait);
      return;
    }
    stream.cancelWait?.();
    stream.cancelWait = null;
    void this.#writeItems(stream, this.#batch(stream));
  }

  /** How long to let the other stream write earlier items first, in ms. */
  #wait(stream: Stream, item: Item): number {
    const other = stream === this.#stdout ? this.#stderr : this.#stdout;
    const [earliest] = other.queue;
    if (earliest === undefined || earliest.order > item.order) return 0;
    const since = Math.min(item.since, other.writingSince ?? item.since);
    return since + PROMPT - this.#clock.now();
  }

  /** Lines that may be written together, or the bytes that come first. */
  #batch(stream: Stream): Item[] {
    let length = 0;
    let count = 0;
    for (const item of stream.queue) {
      length += item.bytes.length;
      const fits = length <= BATCH && item.written === undefined &&
        this.#wait(stream, item) <= 0;
      if (count > 0 && !fits) break;
      count++;
      if (item.written !== undefined) break;
    }
    return stream.queue.slice(0, count);
  }

  async #writeItems(stream: Stream, items: readonly Item[]): Promise<void> {
    stream.writingSince = this.#clock.now();
    const parts = items.map(({ bytes }) => bytes);
    if (stream.isTorn) parts.unshift(LINE_END);
    const bytes = concat(parts);
    let written = 0;
    let retry = RETRY.min;
    let failure: unknown;
    while (written < bytes.length) {
      const size = stream.taken < PROBE ? BATCH : LARGE;
      try {
        const n = await stream.sink.write(
          bytes.subarray(written, written + size),
        );
        written += n;
        stream.taken += n;
        if (n > 0) {
          retry = RETRY.min;
          continue;
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) {
          failure = error;
          break;
        }
        if (size > BATCH) {
          // How much of it was written is not known: see standardOutput().
          failure = new Error("it is a pipe that does not wait for its reader");
          break;
        }
        stream.taken = -Infinity;
      }
      // Another program has made the terminal or pipe that both share
      // non-blocking. Its reader makes room, soon or much later.
      await this.#sleep(retry);
      retry = Math.min(2 * retry, RETRY.max);
    }
    this.#settle(stream, items, written - (stream.isTorn ? 1 : 0), failure);
  }

  #settle(
    stream: Stream,
    items: readonly Item[],
    written: number,
    failure: unknown,
  ): void {
    stream.writingSince = null;
    stream.hasFailed = failure !== undefined;
    const isGivenUp = stream.queue[0] !== items[0];
    if (!isGivenUp) {
      stream.queue.splice(0, items.length);
      for (const { bytes } of items) stream.queued -= bytes.length;
    }
    if (isGivenUp) {
      // They were counted, or their error thrown, when they were given up.
    } else if (failure === undefined) {
      stream.isTorn = false;
      stream.hasNoReader = false;
      for (const item of items) item.written?.resolve();
      if (stream.queued <= MAX_QUEUED / 2) {
        stream.isOverfull = false;
        if (stream.lost > 0) this.#sayLost(stream);
      }
    } else {
      this.#fail(stream, items, written, failure);
    }
    for (const each of this.#streams) this.#start(each);
    for (const check of this.#whenIdle) check();
  }

  #fail(
    stream: Stream,
    items: readonly Item[],
    written: number,
    cause: unknown,
  ): void {
    const reason = reasonOf(cause);
    const error = new CommandError(
      `Cannot write to ${stream.name}: ${reason}`,
      {
        cause,
      },
    );
    stream.hasNoReader = hasNoReader(cause);
    if (written >= 0) stream.isTorn = false;
    let end = 0;
    for (const item of items) {
      const begin = end;
      end += item.bytes.length;
      if (end <= written) continue;
      if (begin < written) stream.isTorn = true;
      if (item.written !== undefined) item.written.reject(error);
      else stream.drop(item.dropped, reason);
    }
    if (stream === this.#stdout && !this.lossy) {
      if (!stream.hasNoReader) this.#failure ??= error;
      this.#clear(stream, error);
    }
  }

  /** A result of which a part is missing is none: the rest is not tried. */
  #clear(stream: Stream, error: CommandError): void {
    stream.lost = 0; // The error says it.
    for (const { written } of stream.queue) written?.reject(error);
    stream.queue.length = 0;
    stream.queued = 0;
  }

  /** Drops what waits for a stream that is stuck. */
  #giveUp(stream: Stream): void {
    const error = new CommandError(
      `Cannot write to ${stream.name}: ${NOT_READ}`,
    );
    for (const { written, dropped } of stream.queue) {
      if (written !== undefined) written.reject(error);
      else stream.drop(dropped, NOT_READ);
    }
    stream.queue.length = 0;
    stream.queued = 0;
    stream.cancelWait?.();
    stream.cancelWait = null;
  }

  #sayLost(stream: Stream): void {
    const { lost, reason, name } = stream;
    stream.lost = 0;
    const lines = lost === 1 ? "1 line was" : `${thousands(lost)} lines were`;
    this.#addLine(
      this.#stderr,
      `${this.#script}: ${lines} not written to ${name}: ${reason}`,
      // It is said later then, with those that are lost until then.
      () => stream.lost += lost,
    );
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.#clock.later(resolve, milliseconds));
  }

  /** Resolves to whether the streams have nothing left, within the limit. */
  #idle(
    { limit = Infinity, signal }: FlushOptions,
    ...streams: Stream[]
  ): Promise<boolean> {
    return new Promise((resolve) => {
      let cancel: (() => void) | undefined;
      const end = (isIdle: boolean) => {
        cancel?.();
        signal?.removeEventListener("abort", startLimit);
        this.#whenIdle.delete(check);
        resolve(isIdle);
      };
      const check = () => {
        if (streams.every(({ queue }) => queue.length === 0)) end(true);
      };
      const startLimit = () => {
        if (limit < Infinity) {
          cancel = this.#clock.later(() => end(false), limit);
        }
      };
      this.#whenIdle.add(check);
      if (signal === undefined || signal.aborted) startLimit();
      else signal.addEventListener("abort", startLimit);
      check();
    });
  }
}

const LINE_END = new Uint8Array([0x0a]);

/** Why lines are lost without an error of the system. */
const NOT_READ = "its reader does not read, or not fast enough";

function thousands(count: number): string {
  return count.toLocaleString("en");
}

function hasNoReader(error: unknown): boolean {
  // A socket as standard output is reset where a pipe would be broken.
  return error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset;
}

/** Why a stream took nothing, in words. */
function reasonOf(error: unknown): string {
  if (hasNoReader(error)) return "the program that reads it has ended";
  if (!(error instanceof Error)) return printable(String(error));
  return "code" in error && error.code === "EIO"
    ? "the terminal is gone, or the device has failed"
    : systemMessage(error);
}

/**
 * `Deno.stdout` for a pipe that another program has made non-blocking.
 *
 * Deno writes to standard output through Rust's line buffer. Where that is told
 * "would block" in the middle, the error does not say how much was written, and up
 * to 1,024 bytes stay in the buffer. The parts written here leave no doubt: 4,096
 * bytes at most, which a pipe takes whole or not at all, and either up to the end
 * of a line or without one. Of these the short ones are in the buffer after an
 * error, and an empty write then sends them off.
 *
 * On a full disk the doubt stays: some lines of the first part that fails may be
 * in the file or come out of the buffer later, and are counted as lost.
 */
function standardOutput(): Sink {
  let buffered = 0;
  return {
    async write(p) {
      if (buffered > 0) {
        await Deno.stdout.write(new Uint8Array());
        const written = buffered;
        buffered = 0;
        return written;
      }
      const lines = p.subarray(0, p.lastIndexOf(0x0a) + 1);
      try {
        return await Deno.stdout.write(lines.length > 0 ? lines : p);
      } catch (error) {
        const isBuffered = lines.length === 0 && p.length < 1_024;
        if (isBuffered && error instanceof Deno.errors.WouldBlock) {
          buffered = p.length;
        }
        throw error;
      }
    },
  };
}

/** The least time between two notes of one kind, in milliseconds. */
const NOTE_INTERVAL = 1_000;

/** The most kinds of note that are told apart within that time. */
const MAX_KINDS = 100;

/** What the kinds beyond that count as. */
const OTHERS = Symbol();

/** A kind of note that was written a short while ago. */
interface Recent {
  /** How many were left out since, and the last of them. */
  count: number;
  line: string;
  /** Cancels the timer. */
  cancel: () => void;
}

/**
 * Writes notes such as errors of connections, and keeps those of one kind from
 * filling a log: any client could cause them as fast as it connects.
 *
 * The first of a kind is written at once. Those that come within a second of it
 * are counted, and the last of them is written at its end with their number.
 *
 * @example
 * ```ts
 * import { RateLimitedNotes } from "./_output.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const lines: string[] = [];
 * using notes = new RateLimitedNotes((line) => lines.push(line));
 * for (const port of [1025, 1026, 1027]) notes.note(`Cannot talk to port ${port}`);
 * notes.flush();
 * assertEquals(lines, [
 *   "Cannot talk to port 1025",
 *   "Cannot talk to port 1027 (and 1 more like it)",
 * ]);
 * ```
 */
export class RateLimitedNotes implements Disposable {
  readonly #write: (line: string) => void;
  readonly #clock: Clock;
  readonly #recent = new Map<string | symbol, Recent>();
  #isDisposed = false;

  /** Notes go to `write`. */
  constructor(write: (line: string) => void, clock: Clock = systemClock) {
    this.#write = write;
    this.#clock = clock;
  }

  /**
   * Writes the note, or counts it. By default notes are of one kind if they differ
   * in addresses, numbers and quoted values alone.
   */
  note(line: string, kind: string = kindOf(line)): void {
    // No timer is to keep the program alive then.
    if (this.#isDisposed) return this.#write(line);
    const isNew = !this.#recent.has(kind);
    const told = isNew && this.#recent.size >= MAX_KINDS ? OTHERS : kind;
    const recent = this.#recent.get(told);
    if (recent === undefined) {
      this.#write(line);
      this.#remember(told);
    } else {
      recent.count++;
      recent.line = line;
    }
  }

  /** Writes now what was counted. */
  flush(): void {
    const all = [...this.#recent];
    for (const [, { cancel }] of all) cancel();
    this.#recent.clear();
    for (const [kind, recent] of all) this.#summarize(kind, recent);
  }

  /** Writes what was counted; notes that come later are written at once. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.flush();
  }

  #remember(kind: string | symbol): void {
    const recent: Recent = { count: 0, line: "", cancel: () => {} };
    recent.cancel = this.#clock.later(() => {
      this.#recent.delete(kind);
      if (recent.count === 0) return;
      this.#summarize(kind, recent);
      this.#remember(kind);
    }, NOTE_INTERVAL);
    this.#recent.set(kind, recent);
  }

  #summarize(kind: string | symbol, { count, line }: Recent): void {
    if (count === 0) return;
    const more = thousands(count - 1);
    const rest = kind === OTHERS
      ? `${more} other notes`
      : `${more} more like it`;
    this.#write(count === 1 ? line : `${line} (and ${rest})`);
  }
}

/** A line without what differs from peer to peer: addresses, numbers, values. */
function kindOf(line: string): string {
  return line
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\[[\da-f:.]*\]|\d+(?:\.\d+)*/gi, "0");
}
