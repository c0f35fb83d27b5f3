import { parseArgs } from "@std/cli/parse-args";
import { quote } from "../text/printable.ts";
import {
  type Command,
  entries,
  type Entry,
  flag,
  readOptions,
} from "./command.ts";
import { UsageError } from "./errors.ts";

/** The entry that each command has besides its own. */
const HELP: Entry = {
  key: "help",
  label: "--help",
  option: flag({ short: "h", help: "Show this help and exit" }),
};

const isOperand = ({ option }: Entry) => option.kind === "operands";

/**
 * Reads a command line into the options of a command, or `"help"` if that is what
 * it asks for, whatever else is wrong with it.
 *
 * @throws {UsageError} If something in it is not allowed, with the first problem.
 */
export function parseCommandLine<T>(
  command: Command<T>,
  args: string[],
): T | "help" {
  // The first call of parseArgs takes 0.7 ms.
  const words = args.length === 0 ? [] : takeApart(args);
  if (words.some(({ name }) => name === "--help" || name === "-h")) {
    return "help";
  }
  const table = entries(command);
  const { given, operands } = readWords(words, table);
  const [first] = operands;
  if (first !== undefined) {
    const operand = table.find(isOperand);
    if (operand === undefined) {
      const problem = `Unexpected ${quote(first)}`;
      throw new UsageError(`${problem}: ${command.script} takes options only`);
    }
    given.set(operand.key, operands);
  }
  const options = readOptions(command, given);
  // The keys of the table are those of T.
  const typed = new Set(given.keys()) as Set<string & keyof T>;
  return command.check?.(options, typed) ?? options;
}

/** The texts of each option by its key, and the operands. */
function readWords(words: Word[], table: Entry[]) {
  const named = [...table, HELP].filter((entry) => !isOperand(entry));
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  for (const word of words) {
    const { arg, name, next } = word;
    if (name === undefined) {
      operands.push(arg);
      continue;
    }
    const entry = named.find(({ label, option: { short } }) =>
      name === label || name === `-${short}`
    );
    if (entry === undefined) throw unknownOption(name, arg, named);
    const { key, label, option } = entry;
    if (given.has(key)) {
      throw new UsageError(`Repeated ${label}: give it once`);
    }
    given.set(key, [textOf(entry, word)]);
    // A flag has no value: what parseArgs took for it is an operand.
    if (option.kind === "flag" && next !== undefined) operands.push(next);
  }
  return { given, operands };
}

/** An option as it was typed, or an operand, which has no name. */
interface Word {
  /** The argument that it is in. */
  arg: string;
  /** `--port` or `-p`. */
  name?: string;
  /** The text that is joined to the name: `80` of `--port=80` and of `-p80`. */
  joined?: string;
  /** The next argument, if that may be the value. */
  next?: string;
}

/**
 * Takes a command line apart with `parseArgs`, which is told of no option: of those
 * that it knows it loses what was typed (`--quiet=no` is true, `--no-port=80` sets
 * the port, `1e3` is 1000). So each argument comes to `unknown` as a text.
 */
function takeApart(args: string[]): Word[] {
  const words: Word[] = [];
  const { "--": rest = [] } = parseArgs(args, {
    "--": true,
    unknown(arg, key, value) {
      if (key === undefined) words.push({ arg });
      else {
        const isLong = arg.startsWith("--");
        const name = isLong ? arg.replace(/=.*/s, "") : `-${key}`;
        if (typeof value !== "string") words.push({ arg, name });
        // Names alone: the value is the next argument.
        else if (/^(?:--[^=]+|-[a-z]+)$/i.test(arg)) {
          words.push({ arg, name, next: value });
        } else {
          const start = isLong ? name.length : arg.indexOf(key, 1) + 1;
          words.push({ arg, name, joined: arg.slice(start).replace(/^=/, "") });
        }
      }
      return false;
    },
  });
  return [...words, ...rest.map((arg) => ({ arg }))];
}

function unknownOption(name: string, arg: string, named: Entry[]): UsageError {
  const show = (text: string) => quote(text).slice(1, -1); // Safe and short.
  const where = arg.startsWith(name) ? "" : ` in ${show(arg)}`;
  const allowed = named.map(({ label }) => label).join(", ");
  return new UsageError(
    `Unknown option ${show(name)}${where}: allowed are ${allowed}`,
  );
}

/** The text of an option's value; empty for a flag. */
function textOf({ label, option }: Entry, { joined, next }: Word): string {
  if (option.kind === "flag") {
    if (joined === undefined) return "";
    const problem = `Invalid ${label} ${quote(joined)}`;
    throw new UsageError(`${problem}: it takes no value`);
  }
  const text = joined ?? next ?? "";
  if (text !== "") return text;
  const form = `${label}=${option.placeholder}`;
  throw new UsageError(`Missing value of ${label}: write ${form}`);
}

/** The usual width of a terminal. */
const WIDTH = 80;

/**
 * The help of a command: how to call it, what it does, and each entry of its table
 * with its default, in lines of at most 80 columns.
 */
export function helpText<T>(command: Command<T>): string {
  const all = [...entries(command), HELP];
  const operands = all.filter(isOperand);
  const options = all.filter((entry) => !isOperand(entry));
  const column = Math.max(...all.map((entry) => syntax(entry).length)) + 2;
  const rows = (part: Entry[]) => part.flatMap((entry) => row(entry, column));
  const usage = operands.map((entry) =>
    isSeveral(entry) ? ` [${entry.label}...]` : ` ${entry.label}`
  );
  const lines = [
    `Usage: ${command.script} [OPTIONS]${usage.join("")}`,
    "",
    ...wrap(command.summary.split(" "), WIDTH),
    ...(operands.length > 0 ? ["", "Arguments:", ...rows(operands)] : []),
    "",
    "Options:",
    ...rows(options),
  ];
  return lines.join("\n") + "\n";
}

/** Operands have a default, and the one operand of a command has none. */
function isSeveral({ option }: Entry): boolean {
  return option.shownDefault !== undefined;
}

function syntax(entry: Entry): string {
  const { label, option: { kind, short, placeholder } } = entry;
  if (kind === "operands") return `  ${label}${isSeveral(entry) ? "..." : ""}`;
  const names = `${short === undefined ? "    " : `-${short}, `}${label}`;
  return kind === "flag" ? `  ${names}` : `  ${names} ${placeholder}`;
}

function row(entry: Entry, column: number): string[] {
  const { help, shownDefault } = entry.option;
  const words = help.split(" ");
  // One word, so that it is not broken over two lines.
  if (shownDefault !== undefined) words.push(`(default: ${shownDefault})`);
  return wrap(words, WIDTH - column).map((line, index) =>
    (index === 0 ? syntax(entry) : "").padEnd(column) + line
  );
}

function wrap(words: string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length === 0 || longer.length > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
