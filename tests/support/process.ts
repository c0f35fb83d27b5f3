import { concat } from "../../lib/io/streams.ts";

/** How a {@linkcode Process} starts. */
export interface ProcessOptions {
  /** Variables on top of the environment, which the program inherits. */
  env?: Record<string, string>;
  /** Whether it inherits nothing, and has those variables alone. */
  clearEnv?: boolean;
  /** The working directory; otherwise this program's own. */
  cwd?: string | URL;
  /**
   * Whether both streams go into standard output, as on a terminal: so their
   * lines keep their order. Needs `sh`.
   */
  isMerged?: boolean;
  /** Whether standard input is a pipe that {@linkcode Process.type} writes into. */
  hasInput?: boolean;
  /** Called with each line of both streams as soon as it is complete. */
  onLine?: (line: string) => void;
}

/** What a program has left behind. */
export interface Ended {
  code: number;
  /** The signal that ended it, if one did. */
  signal: Deno.Signal | null;
  stdout: string;
  /** Standard output as it came. */
  stdoutBytes: Uint8Array<ArrayBuffer>;
  stderr: string;
}

/**
 * A running program: the one process runner of tests, tools and bench. It gathers
 * what the program prints, and with `await using` the program ends with the block.
 *
 * Every wait has a limit and fails with all that was printed, so that a program
 * that hangs is a failure that can be read. The environment is inherited:
 * through it `deno test --coverage` reaches a program in Deno, which delivers
 * its coverage only if it exits by itself.
 */
export class Process implements AsyncDisposable {
  /** How long a wait may take, in milliseconds. */
  limit = 30_000;
  readonly #command: string;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Output;
  readonly #stderr: Output;
  readonly #input: WritableStreamDefaultWriter<Uint8Array> | undefined;

  private constructor(
    command: string,
    child: Deno.ChildProcess,
    hasInput: boolean,
    onLine?: (line: string) => void,
  ) {
    this.#command = command;
    this.#child = child;
    this.#input = hasInput ? child.stdin.getWriter() : undefined;
    this.#stdout = new Output(child.stdout, onLine);
    this.#stderr = new Output(child.stderr, onLine);
  }

  /** Starts a program, with nothing on its standard input unless it has an input. */
  static start(
    command: string,
    args: string[],
    { onLine, isMerged = false, hasInput = false, ...options }: ProcessOptions =
      {},
  ): Process {
    const words = [command, ...args];
    const merged = ["sh", "-c", 'exec "$@" 2>&1', "sh", ...words];
    const [program = "", ...rest] = isMerged ? merged : words;
    const child = new Deno.Command(program, {
      ...options,
      args: rest,
      stdin: hasInput ? "piped" : "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new Process(words.join(" "), child, hasInput, onLine);
  }

  /** The number by which the system knows the program. */
  get pid(): number {
    return this.#child.pid;
  }

  /**
   * The next line on standard output that is `pattern`, or matches it. Earlier
   * lines are skipped.
   *
   * @throws {Error} If there is none before the output ends or the limit passes.
   */
  line(pattern: string | RegExp): Promise<string> {
    return this.#line(this.#stdout, "standard output", pattern);
  }

  /** As {@linkcode line}, on standard error. */
  errorLine(pattern: string | RegExp): Promise<string> {
    return this.#line(this.#stderr, "standard error", pattern);
  }

  /**
   * Sends a signal. Windows has none: SIGTERM ends the program there at once, as
   * SIGKILL does.
   *
   * @throws {TypeError} If the program has ended.
   */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /**
   * Writes text to standard input.
   *
   * @throws {Error} If the program has closed its input, or has ended.
   */
  async type(text: string): Promise<void> {
    await this.#input?.write(new TextEncoder().encode(text));
  }

  /** Ends standard input, as Ctrl-D does in a terminal. */
  async endInput(): Promise<void> {
    try {
      await this.#input?.close();
    } catch {
      // It is closed already, or the program has ended.
    }
  }

  /**
   * Waits until the program has ended and its output too.
   *
   * @throws {Error} If that takes longer than the limit.
   */
  async ended(): Promise<Ended> {
    const { promise: late, resolve } = Promise.withResolvers<[]>();
    const timer = setTimeout(() => resolve([]), this.limit);
    const { status: ending } = this.#child;
    const all = Promise.all([ending, this.#stdout.ended, this.#stderr.ended]);
    const [status] = await Promise.race([all, late]);
    clearTimeout(timer);
    // Thrown here and not by the timer, so that its stack names the test.
    if (status === undefined) {
      throw this.#error(`Not ended within ${this.limit} ms`);
    }
    return {
      code: status.code,
      signal: status.signal,
      stdout: this.#stdout.text(),
      stdoutBytes: this.#stdout.bytes(),
      stderr: this.#stderr.text(),
    };
  }

  /**
   * Ends the program if it still runs. SIGTERM comes first, so that a server
   * shuts down and delivers its coverage; SIGKILL once the limit has passed.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(() => {
      try {
        this.kill("SIGKILL");
      } catch {
        // It has ended in this very moment, which is all that is wanted.
      }
    }, this.limit);
    try {
      await this.#child[Symbol.asyncDispose]();
    } finally {
      clearTimeout(timer);
    }
    await this.endInput();
    // A program that this one started may hold the streams open.
    await this.#stdout.close();
    await this.#stderr.close();
  }

  async #line(
    output: Output,
    name: string,
    pattern: string | RegExp,
  ): Promise<string> {
    const line = await output.next(pattern, this.limit);
    if (line !== undefined) return line;
    const wanted = `No line on ${name} matches ${Deno.inspect(pattern)}`;
    if (!output.hasEnded) {
      throw this.#error(`${wanted} within ${this.limit} ms`);
    }
    // The reason may be on the other stream, which may end a moment later.
    const { code } = await this.ended();
    throw this.#error(`${wanted} and the program ended with status ${code}`);
  }

  #error(problem: string): Error {
    const [out, err] = [this.#stdout, this.#stderr].map((each) => each.text());
    const command = this.#command.replaceAll(/(?<=data:)\S+/g, "…");
    return new Error(
      `${problem}: ${command}\n--- standard output\n${out}\n` +
        `--- standard error\n${err}\n---`,
    );
  }
}

/**
 * Runs a program to its end and returns what it printed on standard output.
 *
 * @throws {Error} If its exit status is not 0, or it does not end in time.
 */
export async function run(
  command: string,
  args: string[],
  options?: ProcessOptions,
  limit?: number,
): Promise<string> {
  await using process = Process.start(command, args, options);
  if (limit !== undefined) process.limit = limit;
  const { code, stdout, stderr } = await process.ended();
  if (code === 0) return stdout;
  const line = [command, ...args].join(" ");
  throw new Error(`${line} ended with status ${code}: ${stdout}${stderr}`);
}

/**
 * Whether a program is installed and succeeds with these arguments. Synchronous,
 * so that a test can be skipped by its result; so the program must end by itself.
 */
export function works(command: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(command, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** One output stream of a program: its bytes, and its lines one after the other. */
class Output {
  /** Settles when the stream has ended and everything of it is here. */
  readonly ended: Promise<void>;
  hasEnded = false;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  /** Lines that no call of `next` has looked at. */
  readonly #lines: string[] = [];
  #waiting: {
    pattern: string | RegExp;
    resolve: (line: string | undefined) => void;
  }[] = [];

  /** Reads the stream to its end: a program whose output is not read stops. */
  constructor(
    stream: ReadableStream<Uint8Array>,
    onLine?: (line: string) => void,
  ) {
    this.#reader = stream.getReader();
    this.ended = this.#gather(onLine);
  }

  /** The next line that matches, or `undefined` at the end or after `limit` ms. */
  async next(
    pattern: string | RegExp,
    limit: number,
  ): Promise<string | undefined> {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.#waiting.push({ pattern, resolve });
    const timer = setTimeout(() => resolve(undefined), limit);
    this.#match();
    const line = await promise;
    clearTimeout(timer);
    this.#waiting = this.#waiting.filter((each) => each.resolve !== resolve);
    return line;
  }

  #match(): void {
    for (let first; (first = this.#waiting[0]) && this.#lines.length > 0;) {
      const line = this.#lines.shift() ?? "";
      const { pattern, resolve } = first;
      // Unlike test(), search() starts at the front, flag g or not.
      const isFound = typeof pattern === "string"
        ? line === pattern
        : line.search(pattern) >= 0;
      if (!isFound) continue;
      this.#waiting.shift();
      resolve(line);
    }
    if (!this.hasEnded) return;
    for (const { resolve } of this.#waiting) resolve(undefined);
  }

  /** Everything so far. */
  bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(concat(this.#chunks));
  }

  /** Everything so far, as text. */
  text(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.bytes());
  }

  /** Stops reading; the rest of the stream is discarded. */
  async close(): Promise<void> {
    await this.#reader.cancel();
    await this.ended;
  }

  async #gather(onLine?: (line: string) => void): Promise<void> {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let rest = "";
    do {
      const { value } = await this.#reader.read();
      this.hasEnded = value === undefined;
      if (value !== undefined) this.#chunks.push(value);
      const text = rest + decoder.decode(value, { stream: !this.hasEnded });
      // Python ends a line with CRLF on Windows.
      const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
      rest = text.slice(text.lastIndexOf("\n") + 1);
      if (!this.hasEnded || rest === "") lines.pop();
      for (const line of lines) {
        this.#lines.push(line);
        onLine?.(line);
      }
      this.#match();
    } while (!this.hasEnded);
  }
}
