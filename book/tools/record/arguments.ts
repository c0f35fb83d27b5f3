import { type Program, record, type RecordedEvent } from "./recorder.ts";

/** What is wrong with the arguments. */
export class Refusal extends Error {}

/**
 * Records what the arguments ask for, until the programs have ended or wait for each
 * other, or until Ctrl-C, which the programs get, too.
 *
 * @param options What is to be recorded.
 * @param print Called with each line that a program prints.
 */
export async function recordCommands(
  { programs, limit }: RecordArguments,
  print: (line: string) => void,
): Promise<RecordedEvent[]> {
  const stop = new AbortController();
  const listener = () => stop.abort();
  Deno.addSignalListener("SIGINT", listener);
  try {
    return await record(programs, {
      cwd: Deno.cwd(),
      limit: limit * 1000,
      signal: stop.signal,
      // A terminal sends the signal to all programs that it runs.
      isShared: Deno.stdin.isTerminal(),
      onLine: ({ name }, line) => print(`${name}: ${line}`),
    });
  } finally {
    Deno.removeSignalListener("SIGINT", listener);
  }
}

/** What is to be recorded. */
export interface RecordArguments {
  /** Where the recording goes; otherwise to standard output. */
  output?: string;
  /** In seconds. */
  limit: number;
  programs: Program[];
}

/**
 * Reads the arguments: options, and then programs, each after a `--`.
 *
 * @throws {Refusal} If they cannot be understood.
 *
 * @param args The arguments.
 * @returns What is to be recorded; `null` if help was asked for.
 */
export function parseCommands(args: string[]): RecordArguments | null {
  const options: RecordArguments = { limit: 30, programs: [] };
  const commands: string[][] = [];
  let rest = [...args];
  while (rest.length > 0 && rest[0] !== "--") {
    const [word = "", value] = rest;
    if (word === "--help" || word === "-h") return null;
    if (word === "--output" && value !== undefined) options.output = value;
    else if (word === "--limit" && Number(value) > 0) {
      options.limit = Number(value);
    } else throw new Refusal(`Unknown argument: ${word}; see --help`);
    rest = rest.slice(2);
  }
  for (const word of rest) {
    if (word === "--") commands.push([]);
    else commands.at(-1)?.push(word);
  }
  const given = commands.filter((command) => command.length > 0);
  if (given.length === 0) throw new Refusal("Which program? See --help");
  options.programs = named(given);
  return options;
}

/** Programs with their names: the first of several is the server. */
export function named(commands: string[][]): Program[] {
  return commands.map((command, i) => ({
    name: commands.length === 1
      ? "program"
      : i === 0
      ? "server"
      : commands.length > 2
      ? `client ${i}`
      : "client",
    command,
  }));
}

/**
 * Runs a tool from its command line: what its user has done wrong is one line, and
 * exit status 2.
 */
export async function runTool(
  name: string,
  args: string[],
  main: (args: string[]) => void | Promise<void>,
): Promise<void> {
  try {
    await main(args);
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof RangeError)) {
      throw error;
    }
    console.error("%s: %s", name, error.message);
    Deno.exit(2);
  }
}
