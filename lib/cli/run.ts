import { Output, RateLimitedNotes } from "./_output.ts";
import { Shutdown } from "./_signals.ts";
import { type Command, readOptions } from "./command.ts";
import { CommandError, explainError, UsageError } from "./errors.ts";

/** How long the last lines may take at the end, in milliseconds. */
const FLUSH_LIMIT = 1_000;

/** What a script gets from its surroundings: where its output goes, and when to end. */
export interface Context {
  /** Writes a line of what the program is for to standard output. */
  print(line: string): void;
  /** Writes a line about one client or connection to standard output, unless `--quiet`. */
  log(line: string): void;
  /** Writes a line to standard error, with the script's name in front. */
  warn(line: string): void;
  /**
   * Reports on standard error what ended one connection, unless `--quiet`. Errors of
   * one kind are reported once a second, with the number of the others.
   */
  onError(error: unknown, remoteAddr: Deno.NetAddr): void;
  /**
   * Writes bytes to standard output. On a terminal control characters are spelled out.
   *
   * @throws {CommandError} If they cannot be written.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes a line of a trace to standard error; `undefined` without `--trace`. */
  trace: ((line: string) => void) | undefined;
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP; a second one ends the process. */
  signal: AbortSignal;
}

/** The options that the runner itself looks at. */
export interface RunOptions {
  /** Whether to trace. */
  trace?: boolean;
  /** Whether to print the result alone. */
  quiet?: boolean;
  /** The most time that the whole may take, in milliseconds. */
  maxTime?: number | undefined;
}

/**
 * Runs a script from its command line to its exit status.
 *
 * The status is 0 when `main` is done, and after `--help`; 2 if the command line
 * is wrong; 1 if `main` fails for a reason outside the program; 130 after a second
 * signal. An error is one line on standard error, in words made from what the
 * command attempts. Any other error is a mistake in the program and is left to
 * Deno, which shows its stack and exits with 1.
 *
 * @param command What the command line may hold, and what the script attempts.
 * @param main What to do.
 * @param args The command line.
 *
 * @example
 * ```ts ignore
 * import { run, udpServerCommand } from "./mod.ts";
 *
 * await run(udpServerCommand, async ({ port }, { print }) => {
 *   print(`Bind UDP on ${port}...`);
 * });
 * ```
 */
export async function run<T extends RunOptions>(
  command: Command<T>,
  main: (options: T, context: Context) => Promise<void>,
  args: string[] = Deno.args,
): Promise<void> {
  using shutdown = new Shutdown({ force: () => Deno.exit(130) });
  const { signal } = shutdown;
  const output = new Output(command.script);
  let status = 0;
  try {
    const options = await parse(command, args);
    if (options === "help") {
      const { helpText } = await import("./parse.ts");
      output.print(helpText(command).trimEnd());
    } else {
      await runMain(command, options, main, output, signal);
    }
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandError)) {
      await output.flush({ limit: FLUSH_LIMIT });
      throw error;
    }
    output.warn(error.message);
    status = error instanceof UsageError ? 2 : 1;
  }
  // A slow reader of a result is waited for, until a signal comes.
  const limits = output.lossy ? {} : { signal };
  const failure = await output.flush({ limit: FLUSH_LIMIT, ...limits });
  if (failure !== null && status === 0) {
    output.warn(failure.message);
    await output.flush({ limit: FLUSH_LIMIT });
    status = 1;
  }
  // Operations that are still pending have nothing to report to.
  if (status !== 0 || output.pending) Deno.exit(status);
}

/** Loading the parser takes 2 ms, which a command line without arguments saves. */
async function parse<T>(command: Command<T>, args: string[]) {
  if (args.length === 0) return readOptions(command);
  const { parseCommandLine } = await import("./parse.ts");
  return parseCommandLine(command, args);
}

async function runMain<T extends RunOptions>(
  command: Command<T>,
  options: T,
  main: (options: T, context: Context) => Promise<void>,
  output: Output,
  signal: AbortSignal,
): Promise<void> {
  const warn = (line: string) => output.warn(line);
  const print = (line: string) => output.print(line);
  using notes = new RateLimitedNotes(warn);
  using deadline = new Deadline(options.maxTime, signal);
  const stdout = Deno.stdout.isTerminal()
    ? new (await import("./_terminal.ts")).TerminalFilter()
    : null;
  output.lossy = command.isServer ?? false;
  try {
    await main(options, {
      print,
      log: options.quiet ? () => {} : print,
      warn,
      onError(error, { hostname, port }) {
        if (options.quiet) return;
        const { transport = "TCP" } = command.attempt?.(options) ?? {};
        const attempt = { action: "talk to", transport } as const;
        notes.note(explainError(error, { ...attempt, hostname, port }).message);
      },
      write: (bytes) => output.write(stdout?.filter(bytes) ?? bytes),
      trace: options.trace ? (line) => output.error(line) : undefined,
      signal: deadline.signal,
    });
    if (stdout !== null) await output.write(stdout.end());
  } catch (error) {
    const attempt = command.attempt?.(options);
    throw attempt === undefined ? error : explainError(error, attempt);
  } finally {
    notes.flush();
  }
}

/** Aborts its signal when another one is aborted, or when the time is up. */
class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(maxTime: number | undefined, signal: AbortSignal) {
    this.signal = signal;
    if (maxTime === undefined) return;
    const late = new AbortController();
    const seconds = maxTime / 1_000;
    this.#timer = setTimeout(
      () => late.abort(new Error(`not done within ${seconds} s (--max-time)`)),
      maxTime,
    );
    this.signal = AbortSignal.any([signal, late.signal]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
