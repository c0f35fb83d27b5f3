import { deadline, systemClock } from "../net/clock.ts";
import { Output } from "./_output.ts";
import { RateLimitedNotes } from "./_rate_limited_notes.ts";
import type { Command } from "./command.ts";
import { CommandError, explainError, UsageError } from "./errors.ts";
import { helpText, parseCommandLine } from "./parse.ts";

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
   * @throws {unknown} The reason of `signal`, once that is aborted.
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Counts bytes of a transfer. After a second a terminal shows how far it is. */
  progress(bytes: number, total?: number | null): void;
  /** Writes a line of a trace to standard error; `undefined` without `--trace`. */
  trace: ((line: string) => void) | undefined;
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP, and after `--max-time`. */
  signal: AbortSignal;
}

/** The options that the runner itself looks at, where a table has them. */
interface RunOptions {
  /** Whether to trace. */
  trace?: boolean;
  /** Whether to print the result alone. */
  quiet?: boolean;
  /** The most time that the whole may take, in milliseconds. */
  maxTime?: number | undefined;
  /** The others are the script's. */
  [option: string]: unknown;
}

/**
 * Runs a script from its command line to its exit status.
 *
 * The status is 0 when `main` is done, and after `--help`; 2 if the command line
 * is wrong; 1 if `main` fails for a reason outside the program, or its result cannot
 * be written; 130 after a second Ctrl-C. A failure is one line on standard error: that
 * of a socket in words made from what the command attempts, that of a file in the
 * system's own words. Any other error is a mistake in the program and is left to
 * Deno, which shows its stack and exits with 1.
 *
 * The first Ctrl-C aborts the signal of the context, and the program finishes what is
 * under way (a *graceful shutdown*). So do SIGTERM, which a service manager sends, and
 * SIGHUP, which comes when a terminal goes away.
 *
 * Three entries of the table, if it has them, are the runner's, too: the flags `trace`
 * and `quiet`, and `maxTime` in milliseconds. {@linkcode Context} says what they do.
 *
 * @param command What the command line may hold, and what the script attempts.
 * @param main What to do.
 * @param args The command line.
 *
 * @example
 * ```ts
 * import { count, run, value } from "./mod.ts";
 *
 * const help = "How often to print";
 * const times = value({ placeholder: "COUNT", parse: count(1), default: "1", help });
 * const command = { script: "ping.ts", summary: "Prints a word.", options: { times } };
 * await run(command, async (options, { print }) => {
 *   for (let i = 0; i < options.times; i++) print("ping");
 * });
 * ```
 */
export async function run<T extends RunOptions>(
  command: Command<T>,
  main: (options: T, context: Context) => Promise<void>,
  args: string[] = Deno.args,
): Promise<void> {
  using stack = new DisposableStack();
  const signal = handleSignals(stack);
  const output = new Output(command.script, signal);
  let status = 0;
  try {
    const options = parseCommandLine(command, args);
    if (options === "help") {
      output.print(helpText(command).trimEnd());
    } else {
      output.isLog = command.isServer ?? false;
      output.signal = limitTime(signal, options.maxTime, stack);
      await runMain(command, options, main, output);
    }
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandError)) {
      await output.flush();
      throw error;
    }
    output.warn(error.message);
    status = error instanceof UsageError ? 2 : 1;
  }
  const failure = await output.flush();
  if (failure !== null && status === 0) {
    output.warn(failure.message);
    await output.flush();
    status = 1;
  }
  // Operations that are still pending have nothing to report to.
  if (status !== 0 || output.isPending) Deno.exit(status);
}

async function runMain<T extends RunOptions>(
  command: Command<T>,
  options: T,
  main: (options: T, context: Context) => Promise<void>,
  output: Output,
): Promise<void> {
  const { signal } = output;
  const warn = (line: string) => output.warn(line);
  const print = (line: string) => output.print(line);
  const notes = new RateLimitedNotes(warn);
  const terminal = Deno.stdout.isTerminal()
    ? new (await import("./_terminal.ts")).TerminalFilter()
    : null;
  const write = (bytes: Uint8Array) =>
    deadline(output.write(bytes), Infinity, { signal });
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
      write: (bytes) => write(terminal?.filter(bytes) ?? bytes),
      progress: Deno.stderr.isTerminal() ? progressOn(output) : () => {},
      trace: options.trace ? (line) => output.error(line) : undefined,
      signal,
    });
    const rest = terminal?.end() ?? new Uint8Array();
    if (rest.length > 0) await write(rest);
  } catch (error) {
    const attempt = command.attempt?.(options);
    throw attempt === undefined ? error : explainError(error, attempt);
  } finally {
    notes.flush();
  }
}

function progressOn(output: Output): Context["progress"] {
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  let [done, start, next] = [0, 0, 0];
  return (bytes, total = null) => {
    const now = performance.now();
    if (done === 0) next = (start = now) + 1_000;
    done += bytes;
    if (now < next) return;
    next = now + 200;
    const percent = Math.floor(100 * done / (total ?? 1));
    const part = total && ` of ${megabytes(total)} (${percent} %)`;
    const speed = megabytes(1_000 * done / (now - start));
    output.status(`${megabytes(done)}${part || ""}, ${speed}/s`);
  };
}

/**
 * The signals that ask a program to end. Windows has Ctrl-Break; its SIGTERM is
 * nothing that a program could handle, and its SIGHUP ends the process anyway.
 */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Handles signals until the end of `stack`. The first one aborts the signal. */
function handleSignals(stack: DisposableStack): AbortSignal {
  const controller = new AbortController();
  const handle = (name: Deno.Signal, handler: () => void) => {
    Deno.addSignalListener(name, handler);
    stack.defer(() => Deno.removeSignalListener(name, handler));
  };
  for (const name of SIGNALS) {
    handle(name, () => {
      if (!controller.signal.aborted) {
        controller.abort(new Error(`Interrupted by ${name}`));
      } else if (name !== "SIGHUP") {
        // A terminal that goes away sends SIGHUP twice: the kernel, and the shell.
        Deno.exit(130);
      }
    });
  }
  // Else a write beyond the limit for files (`ulimit -f`) would end the process.
  if (Deno.build.os !== "windows") handle("SIGXFSZ", () => {});
  return controller.signal;
}

/** Aborted with the signal, and when the time is up. */
function limitTime(
  signal: AbortSignal,
  maxTime: number | undefined,
  stack: DisposableStack,
): AbortSignal {
  if (maxTime === undefined) return signal;
  const late = new AbortController();
  const seconds = maxTime / 1_000;
  const abort = () =>
    late.abort(new Error(`not done within ${seconds} s (--max-time)`));
  stack.defer(systemClock.later(abort, maxTime));
  return AbortSignal.any([signal, late.signal]);
}
