import { writeAll } from "../io/streams.ts";
import { LineOutput } from "./_output.ts";
import { type Command, defaults } from "./command.ts";
import { CommandError, UsageError } from "./errors.ts";

/** Where a script's output goes. */
export interface ScriptOutput {
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Writes bytes to standard output as they are. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes a line to standard error, with the script's name in front. */
  note(line: string): void;
  /** Writes a line to standard error as it is. */
  trace(line: string): void;
}

/** What a script does with its options. */
export type Main<T> = (options: T, output: ScriptOutput) => Promise<void>;

/**
 * Runs a script from its command line to its exit status.
 *
 * The status is 0 when `main` is done, and after `--help`; 2 if the command line
 * is wrong; 1 if `main` fails with a {@linkcode CommandError}. Both errors are one line
 * on standard error. Any other error is the program's own mistake and is left to
 * Deno, which shows its stack and exits with 1.
 *
 * @param command What the command line may hold.
 * @param args The command line: `Deno.args`.
 * @param main What to do.
 *
 * @example
 * ```ts ignore
 * import { udpServer } from "./commands.ts";
 * import { runScript } from "./run.ts";
 *
 * await runScript(udpServer, Deno.args, async ({ port }, { print }) => {
 *   print(`Bind UDP on ${port}...`);
 * });
 * ```
 */
export async function runScript<T>(
  command: Command<T>,
  args: string[],
  main: Main<T>,
): Promise<void> {
  const stdout = new LineOutput(Deno.stdout);
  const stderr = new LineOutput(Deno.stderr);
  const note = (line: string) => stderr.line(`${command.script}: ${line}`);
  try {
    const options = await readOptions(command, args);
    if (options === "help") {
      const { helpText } = await import("./_help.ts");
      stdout.line(helpText(command).trimEnd());
      return;
    }
    await main(options, {
      print: (line) => stdout.line(line),
      write: writeToStdout,
      note,
      trace: (line) => stderr.line(line),
    });
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandError)) {
      throw error;
    }
    note(error.message);
    // Whatever is still under way has nobody to report to.
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}

/** Where nothing was typed there is nothing to parse, and no parser is loaded. */
async function readOptions<T>(
  command: Command<T>,
  args: string[],
): Promise<T | "help"> {
  if (args.length === 0) return defaults(command);
  const { parseCommandLine } = await import("./_parse.ts");
  return parseCommandLine(command, args);
}

async function writeToStdout(bytes: Uint8Array): Promise<void> {
  try {
    await writeAll(Deno.stdout, bytes);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.BrokenPipe)) throw cause;
    throw new CommandError(
      "Cannot write to standard output: the program that was to read it has ended",
      { cause },
    );
  }
}
