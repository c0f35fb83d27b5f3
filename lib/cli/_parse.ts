import { type Args, parseArgs } from "@std/cli/parse-args";
import { quote } from "../text/mod.ts";
import {
  type Command,
  entries,
  type Entry,
  HELP,
  readOptions,
} from "./command.ts";
import { UsageError } from "./errors.ts";

/**
 * Reads a command line into the options of a command, or `"help"` if that is what
 * it asks for, whatever else is wrong with it.
 *
 * An option may be written `--port 9999`, `--port=9999`, `-p 9999`, `-p9999` or
 * `-p=9999`; the last of several counts, and `--` ends them. A value that begins
 * with a hyphen and a letter needs the `=`, because otherwise a forgotten value
 * would swallow the next option.
 *
 * @throws {UsageError} If something in it is not allowed, with the first problem.
 */
export function parseCommandLine<T>(
  command: Command<T>,
  args: readonly string[],
): T | "help" {
  const own = entries(command);
  const table = [...own, HELP];
  const problems: string[] = [];
  const normalized = normalize(args, table, (text) => problems.push(text));
  const keys = (kind: Entry["option"]["kind"]) =>
    table.filter(({ option }) => option.kind === kind).map(({ key }) => key);
  const parsed = parseArgs(normalized, {
    boolean: keys("flag"),
    string: [...keys("value"), "_"], // "_": or it would make 1000 of 1e3.
  });
  if (parsed.help === true) return "help";

  const [operand] = parsed._;
  if (operand !== undefined && keys("operands").length === 0) {
    problems.push(
      `Unexpected ${
        quote(String(operand))
      }: ${command.script} takes options only`,
    );
  }
  const [problem] = problems;
  if (problem !== undefined) throw new UsageError(problem);

  const options = readOptions(command, (entry) => textsOf(entry, parsed));
  const given = own.filter((entry) => textsOf(entry, parsed).length > 0);
  const typed = new Set(given.map(({ key }) => key as keyof T));
  return command.check?.(options, typed) ?? options;
}

function textsOf({ key, option }: Entry, parsed: Args): string[] {
  if (option.kind === "operands") return parsed._.map(String);
  const text = parsed[key];
  return text === undefined || text === false ? [] : [String(text)];
}

/** What is an option, and not the value of the one before it: `-1` is a value. */
const OPTION = /^-[-a-z]/i;

/**
 * Normalizes a command line: each option as `--key=value`, whatever short or
 * spaced form it was typed in, and operands as they are. What causes a problem is
 * reported and left out.
 *
 * In that form `parseArgs` of `@std/cli` has nothing to guess. As people type
 * it, it would take `true` after a flag for the flag's value, `-1` for an option
 * even where a value is due, `--quiet=x` for `--quiet`, `--no-port=80` for
 * `--port`, and a missing value for an empty one.
 */
function normalize(
  args: readonly string[],
  entries: readonly Entry[],
  report: (problem: string) => void,
): string[] {
  const named = byName(entries);
  const left = args.toReversed(); // The next one is at the end, for pop().
  const normalized: string[] = [];
  while (left.length > 0 && left.at(-1) !== "--") {
    const arg = left.pop() ?? "";
    if (!/^-./s.test(arg)) {
      normalized.push(arg);
      continue;
    }
    for (const [name, text] of split(arg, named)) {
      const entry = named.get(name);
      if (entry === undefined) report(unknown(name, entries));
      else normalized.push(...normalizeOne(entry, text, left, report));
    }
  }
  return [...normalized, ...left.reverse()];
}

function byName(entries: readonly Entry[]): Map<string, Entry> {
  const named = new Map<string, Entry>();
  for (const entry of entries) {
    const { kind, short } = entry.option;
    if (kind !== "operands") named.set(entry.label, entry);
    if (short !== undefined) named.set(`-${short}`, entry);
  }
  return named;
}

/** The options in one argument, each with the value that is in there too. */
function* split(
  arg: string,
  named: ReadonlyMap<string, Entry>,
): Generator<[name: string, text?: string]> {
  if (arg.startsWith("--")) {
    const [, name = arg, text] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? [];
    yield text === undefined ? [name] : [name, text];
    return;
  }
  let [, letter = "", rest = ""] = /^-(.)(.*)$/su.exec(arg) ?? [];
  // As in `-qp99`: a letter follows that of a flag, and a value any other.
  while (
    named.get(`-${letter}`)?.option.kind === "flag" && /^[^=]/.test(rest)
  ) {
    yield [`-${letter}`];
    [, letter = "", rest = ""] = /^(.)(.*)$/su.exec(rest) ?? [];
  }
  yield rest === "" ? [`-${letter}`] : [`-${letter}`, rest.replace(/^=/, "")];
}

/** One option as `--key=value`, or nothing if that is a problem. */
function normalizeOne(
  { key, label, option }: Entry,
  text: string | undefined,
  left: string[],
  report: (problem: string) => void,
): string[] {
  if (option.kind === "flag") {
    if (text === undefined) return [`--${key}=true`];
    report(`Invalid ${label} ${quote(text)}: it takes no value`);
    return [];
  }
  const value = text ?? takeValue(left);
  if (value !== undefined) return [`--${key}=${value}`];
  report(`Missing value of ${label}: write ${label}=${option.placeholder}`);
  return [];
}

function takeValue(left: string[]): string | undefined {
  const next = left.at(-1);
  return next === undefined || OPTION.test(next) ? undefined : left.pop();
}

function unknown(name: string, entries: readonly Entry[]): string {
  const allowed = entries.filter(({ option }) => option.kind !== "operands")
    .map(({ label }) => label);
  const shown = quote(name).slice(1, -1); // Safe and short, without the quotes.
  return `Unknown option ${shown}: allowed are ${allowed.join(", ")}`;
}
