import { type Args, parseArgs } from "@std/cli/parse-args";
import { type Command, entries, type Entry, HELP } from "./command.ts";
import { quote } from "./quote.ts";
import { spellOut } from "./spell_out.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads a command line into the options of a command.
 *
 * An option may be written `--port 9999`, `--port=9999`, `-p 9999`, `-p9999` or
 * `-p=9999`; the last of several counts, and `--` ends them. A value that begins
 * with a hyphen and a letter needs the `=`, for otherwise a forgotten value would
 * swallow the next option. A request for help goes before any problem.
 *
 * @throws {UsageError} If anything in it is not allowed, with the first problem.
 * @param command What the command line may hold.
 * @param args The command line: `Deno.args`.
 * @returns The options, or `"help"` if that is what was asked for.
 *
 * @example
 * ```ts
 * import type { Command } from "./command.ts";
 * import { parseCommandLine } from "./command_line.ts";
 * import { UsageError } from "./usage_error.ts";
 * import { flag, operands } from "./option.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const file = { placeholder: "FILE", default: ["-"], help: "What to count" };
 * const command: Command<{ bytes: boolean; files: string[] }> = {
 *   script: "count.ts",
 *   summary: "Counts lines.",
 *   options: {
 *     bytes: flag({ short: "b", help: "Count bytes" }),
 *     files: operands({ ...file, parse: String }),
 *   },
 * };
 * assertEquals(parseCommandLine(command, ["-b", "1e3"]), {
 *   bytes: true,
 *   files: ["1e3"],
 * });
 * assertEquals(parseCommandLine(command, ["--lines", "--help"]), "help");
 * assertThrows(
 *   () => parseCommandLine(command, ["--lines"]),
 *   UsageError,
 *   "Unknown option --lines: allowed are --bytes, --help",
 * );
 * ```
 */
export function parseCommandLine<T>(
  command: Command<T>,
  args: readonly string[],
): T | "help" {
  const own = entries(command);
  const table = [...own, HELP];
  const problems: string[] = [];
  const spelled = spellOut(args, table, (problem) => problems.push(problem));
  const keys = (kind: Entry["option"]["kind"]) =>
    table.filter(({ option }) => option.kind === kind).map(({ key }) => key);
  const parsed = parseArgs(spelled, {
    boolean: keys("flag"),
    string: [...keys("value"), "_"], // "_": or it would make 1000 of 1e3.
  });
  if (parsed.help === true) return "help";

  const [operand] = parsed._;
  if (operand !== undefined && keys("operands").length === 0) {
    problems.push(
      `Unexpected ${
        quote(String(operand))
      }: ${command.script} takes options alone`,
    );
  }
  const [problem] = problems;
  if (problem !== undefined) throw new UsageError(problem);

  const read = own.map((entry) => ({
    ...entry,
    given: textsOf(entry, parsed),
  }));
  // The table has an entry for each key of T, which makes a value of its type.
  const options = Object.fromEntries(
    read.map((
      { key, label, option, given },
    ) => [key, option.read(given, label)]),
  ) as T;
  const given = read.filter((entry) => entry.given.length > 0);
  command.check?.(options, new Set(given.map(({ key }) => key as keyof T)));
  return options;
}

function textsOf({ key, option }: Entry, parsed: Args): string[] {
  if (option.kind === "operands") return parsed._.map(String);
  const text = parsed[key];
  return text === undefined || text === false ? [] : [String(text)];
}
