import { concat, writeAll } from "../io/streams.ts";
import { deadline } from "../net/clock.ts";
import { printable } from "../text/printable.ts";
import { CommandError, systemMessage } from "./errors.ts";

/** The most bytes of lines that wait for a stream: some 5,000 lines. */
const MAX_QUEUED = 256 * 1_024;

/** The most bytes of lines in one write. A pipe takes them whole (PIPE_BUF of Linux). */
const BATCH = 4_096;

/** The longest that lines wait for earlier ones on the other stream, in ms. */
const STUCK = 100;

/** How long the last lines may take at the end, in ms. */
const LAST = 1_000;

const NOT_READ = "its reader does not read, or not fast enough";

/** Why a stream took nothing, in words, and the error if there is one. */
type Failure = { reason: string; cause?: unknown };

/** A line, or bytes whose write is awaited. */
interface Item {
  readonly bytes: Uint8Array;
  readonly isLine: boolean;
  /** Its place in the order of both streams. */
  readonly order: number;
  /** Called once: it is written, or it is lost for this reason. */
  settle(failure: Failure | null): void;
}

/** One of the two streams, and what waits for it. */
class Stream {
  readonly queue: Item[] = [];
  /** What the write under way has, and the end of that write. */
  writing: Item[] = [];
  written: Promise<Failure | null> = Promise.resolve(null);
  /** The bytes in both. */
  size = 0;
  /** Ends when the queue is empty; null: it is. */
  pump: Promise<void> | null = null;
  /** Whether the other stream goes ahead, because this one takes too long. */
  isStuck = false;
  /** Why the last write failed; null: it did not. */
  failure: Failure | null = null;
  /** Lines that are lost since that was last reported, and why. */
  lost = 0;
  reason = "";

  constructor(
    readonly name: string,
    readonly sink: Pick<typeof Deno.stdout, "write">,
  ) {}

  /** Its reader has ended (`| head -1`): no failure, but the end of all writes. */
  get hasNoReader(): boolean {
    return hasNoReader(this.failure?.cause);
  }

  error({ reason, cause }: Failure): CommandError {
    return new CommandError(`Cannot write to ${this.name}: ${reason}`, {
      cause,
    });
  }

  settle(items: Item[], failure: Failure | null): void {
    for (const { bytes, settle } of items.splice(0)) {
      this.size -= bytes.length;
      settle(failure);
    }
  }
}

/**
 * Standard output and standard error of a program that must not depend on them.
 *
 * `console.log` and `writeSync` stop the event loop, signals included, at a pipe
 * that is not read and at a terminal after Ctrl-S. Here each stream has a queue and
 * one asynchronous write under way. Lines keep their order, across both streams too,
 * except that a stream that is stuck does not hold up the other. No line throws:
 *
 * - Lines of a log are dropped where the stream takes no more, and standard error
 *   reports how many, once the stream has caught up or at the end. Standard error is
 *   a log, and so is a server's standard output.
 * - A result, which is a client's standard output, waits for a slow reader. After a
 *   failure nothing more is written, and `flush` returns the error.
 */
export class Output {
  /** Whether standard output is a log. */
  isLog = false;
  readonly #script: string;
  readonly #stdout = new Stream("standard output", Deno.stdout);
  readonly #stderr = new Stream("standard error", Deno.stderr);
  readonly #streams = [this.#stdout, this.#stderr];
  #order = 0;
  #hasStatus = false;

  /**
   * `script` is the name in front of warnings. A result waits for a slow reader until
   * `signal` is aborted.
   */
  constructor(script: string, public signal: AbortSignal) {
    this.#script = script;
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

  /** Shows on the terminal what the next line of either stream, or status, replaces. */
  status(text: string): void {
    if (text !== "" && this.#stderr.size > 0) return; // It takes no more just now.
    this.#hasStatus = text !== "";
    // Back to the start of the line, and erase to its end.
    const bytes = new TextEncoder().encode(`\r${text}\x1b[K`);
    this.#add(this.#stderr, { bytes, isLine: false, settle() {} });
  }

  /**
   * Writes bytes to standard output, and waits until they are written.
   *
   * @throws {CommandError} If they cannot be.
   */
  async write(bytes: Uint8Array): Promise<void> {
    const stream = this.#stdout;
    const failure = this.#isOver(stream)
      ? stream.failure
      : await new Promise<Failure | null>((settle) =>
        this.#add(stream, { bytes, isLine: false, settle })
      );
    if (failure !== null) throw stream.error(failure);
  }

  /**
   * Waits until everything is written or has failed. What takes longer than a second
   * is lost; for a result that second begins when the signal is aborted.
   *
   * @returns The failure of a result.
   */
  async flush(): Promise<CommandError | null> {
    if (this.#hasStatus) this.status("");
    await this.#drain();
    for (const stream of this.#streams) {
      if (!stream.hasNoReader) this.#reportLost(stream);
    }
    await this.#drain();
    const { failure, hasNoReader } = this.#stdout;
    const isGood = this.isLog || failure === null || hasNoReader;
    return isGood ? null : this.#stdout.error(failure);
  }

  /**
   * Whether only `Deno.exit` ends the process well after `flush`: a write under way
   * keeps it alive, and Deno's own end tries again to write what has failed.
   */
  get isPending(): boolean {
    return this.#streams.some(({ pump, failure }) => pump ?? failure);
  }

  /** Whether a part of a result is lost: without it the rest is of no use. */
  #isOver(stream: Stream): boolean {
    return stream === this.#stdout && !this.isLog && stream.failure !== null;
  }

  /** Adds a line. If it is lost, it counts as `count` lost lines of a stream. */
  #addLine(stream: Stream, line: string, count = 1, of = stream): void {
    if (this.#isOver(stream)) return;
    if (this.#hasStatus) this.status("");
    const settle = (failure: Failure | null) => {
      if (failure === null || this.#isOver(of)) return;
      of.lost += count;
      if (of === stream) of.reason = failure.reason;
    };
    const bytes = new TextEncoder().encode(line + "\n");
    const isLog = stream === this.#stderr || this.isLog;
    const isFull = stream.size > 0 && stream.size + bytes.length > MAX_QUEUED;
    if (isLog && isFull) settle({ reason: NOT_READ });
    else this.#add(stream, { bytes, isLine: true, settle });
  }

  #add(stream: Stream, item: Omit<Item, "order">): void {
    stream.queue.push({ ...item, order: this.#order++ });
    stream.size += item.bytes.length;
    stream.pump ??= this.#pump(stream);
  }

  /** Writes until the queue is empty. The first write begins at once. */
  async #pump(stream: Stream): Promise<void> {
    const other = stream === this.#stdout ? this.#stderr : this.#stdout;
    while (stream.queue.length > 0) {
      const earliest = other.isStuck
        ? null
        : other.writing[0] ?? other.queue[0];
      const batch = takeBatch(stream.queue, earliest?.order ?? Infinity);
      if (batch.length === 0) {
        await deadline(other.written, STUCK).catch(() => other.isStuck = true);
        continue;
      }
      stream.writing = batch;
      stream.written = tryWrite(stream.sink, batch);
      stream.failure = await stream.written;
      stream.isStuck = false;
      stream.settle(stream.writing, stream.failure);
      if (this.#isOver(stream)) stream.settle(stream.queue, stream.failure);
      if (stream.size === 0 && stream.failure === null) {
        this.#reportLost(stream);
      }
    }
    stream.pump = null;
  }

  #reportLost(stream: Stream): void {
    const { lost, reason, name } = stream;
    if (lost === 0) return;
    stream.lost = 0;
    const lines = lost === 1
      ? "1 line was"
      : `${lost.toLocaleString("en")} lines were`;
    const line = `${lines} not written to ${name}: ${reason}`;
    this.#addLine(this.#stderr, `${this.#script}: ${line}`, lost, stream);
  }

  /** Waits for both streams, and gives up what is left at the limit. */
  async #drain(): Promise<void> {
    const busy = this.#streams.filter(({ size }) => size > 0);
    if (busy.length === 0) return;
    const written = Promise.all(busy.map(({ pump }) => pump));
    if (!this.isLog) {
      const { signal } = this;
      await deadline(written, Infinity, { signal }).catch(() => {});
    }
    await deadline(written, LAST).catch(() => {
      for (const stream of busy.filter(({ size }) => size > 0)) {
        stream.failure = { reason: NOT_READ };
        stream.settle(stream.writing, stream.failure);
        stream.settle(stream.queue, stream.failure);
      }
    });
  }
}

/** Takes lines that may be written together off the queue, or one item of bytes. */
function takeBatch(queue: Item[], before: number): Item[] {
  let size = 0;
  let count = 0;
  for (const { bytes, order, isLine } of queue) {
    size += bytes.length;
    if (order > before || count > 0 && !(isLine && size <= BATCH)) break;
    count++;
    if (!isLine) break;
  }
  return queue.splice(0, count);
}

async function tryWrite(
  sink: Stream["sink"],
  items: Item[],
): Promise<Failure | null> {
  try {
    await writeAll(sink, concat(items.map(({ bytes }) => bytes)));
    return null;
  } catch (cause) {
    return { reason: reasonOf(cause), cause };
  }
}

function hasNoReader(error: unknown): boolean {
  // A socket as standard output is reset where a pipe would be broken.
  return error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.ConnectionReset;
}

function reasonOf(error: unknown): string {
  if (hasNoReader(error)) return "the program that reads it has ended";
  if (!(error instanceof Error)) return printable(String(error));
  if (error instanceof Deno.errors.WouldBlock) {
    return "it is a pipe that does not wait for its reader";
  }
  return "code" in error && error.code === "EIO"
    ? "the terminal is gone, or the device has failed"
    : systemMessage(error);
}
