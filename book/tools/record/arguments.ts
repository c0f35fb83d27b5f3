import { resolve } from "node:path";
import { printable } from "../../../lib/text/mod.ts";
import { PrintedLines } from "./program_output.ts";
import { fileOf } from "./recorded_command.ts";
import { type Program, record, type RecordedEvent } from "./recorder.ts";

/** What is wrong with the arguments. */
export class Refusal extends Error {}

/** What a program needs is not there. */
export class Failure extends Refusal {}

/**
 * Records what the arguments ask for, until the programs have ended or wait for each
 * other, or until Ctrl-C, which the programs get, too.
 *
 * @throws {Refusal} If a command has no file.
 * @throws {Failure} If the file of a program is not there.
 *
 * @param options What is to be recorded.
 * @param print Called with each line that a program prints, and with what is not
 * recorded.
 */
export async function recordCommands(
  { programs, limit }: RecordArguments,
  print: (line: string) => void,
): Promise<RecordedEvent[]> {
  const cwd = Deno.cwd();
  for (const { command } of programs) textOf(command, cwd);
  const stop = new AbortController();
  const listener = () => stop.abort();
  Deno.addSignalListener("SIGINT", listener);
  const printed = new Map(programs.map((one) => [one, new PrintedLines()]));
  try {
    return await record(programs, {
      cwd,
      limit: limit * 1000,
      signal: stop.signal,
      onPrint(program, text) {
        for (const line of printed.get(program)?.add(text) ?? []) {
          print(`${program.name}: ${clean(line)}`);
        }
      },
      onNote: ({ name }, what) => print(`${name}: not recorded: ${what}`),
    });
  } finally {
    Deno.removeSignalListener("SIGINT", listener);
    for (const [{ name }, { last }] of printed) {
      if (last !== "") print(`${name}: ${clean(last)}`);
    }
  }
}

/** A line without what a terminal would obey; a tab stays. */
const clean = (line: string) => line.split("\t").map(printable).join("\t");

/**
 * The program of a command.
 *
 * @throws {Refusal} If it has no file.
 * @throws {Failure} If the file cannot be read.
 */
export function textOf(command: string[], cwd: string): string {
  const file = fileOf(command);
  if (file === "") {
    throw new Refusal(`No file in the command: ${command.join(" ")}`);
  }
  try {
    return Deno.readTextFileSync(resolve(cwd, file));
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? `No file ${file} in ${cwd}`
      : `Cannot read ${file}: ${(error as Error).message}`;
    throw new Failure(reason);
  }
}

/** What is to be recorded. */
export interface RecordArguments {
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
    if (word !== "--limit" || !(Number(value) > 0)) throw wrong(word, value);
    options.limit = Number(value);
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

/** An argument that is unknown, or has a value that it cannot have. */
export function wrong(word: string, value = ""): Refusal {
  return new Refusal(
    `Wrong argument: ${`${word} ${value}`.trim()}; see --help`,
  );
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
 * exit status 2; what is not there is one line, and exit status 1.
 */
export async function runTool(
  name: string,
  args: string[],
  main: (args: string[]) => void | Promise<void>,
): Promise<void> {
  try {
    await main(args);
  } catch (error) {
    const status = error instanceof Failure
      ? 1
      : error instanceof Refusal || error instanceof RangeError
      ? 2
      : null;
    if (status === null) throw error;
    console.error("%s: %s", name, (error as Error).message);
    Deno.exit(status);
  }
}
