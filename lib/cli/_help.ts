import { type Command, entries, type Entry, HELP } from "./command.ts";

/** The columns of a terminal that nobody has made wider. */
const WIDTH = 80;

/**
 * Writes the help of a command: how to call it, what it does, and each entry of
 * its table with its default.
 *
 * @param command The command.
 * @returns Lines of at most 80 columns, each with its end.
 *
 * @example
 * ```ts
 * import { helpText } from "./_help.ts";
 * import { value } from "./command.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const every = value({
 *   short: "e",
 *   placeholder: "SECONDS",
 *   default: "1",
 *   parse: Number,
 *   help: "Time between two lines",
 * });
 * const command = {
 *   script: "tick.ts",
 *   summary: "Prints the time.",
 *   options: { every },
 * };
 * assertEquals(
 *   helpText(command),
 *   `Usage: tick.ts [OPTIONS]
 *
 * Prints the time.
 *
 * Options:
 *   -e, --every SECONDS  Time between two lines (default: 1)
 *   -h, --help           Show this help and exit
 * `,
 * );
 * ```
 */
export function helpText<T>(command: Command<T>): string {
  const all = [...entries(command), HELP];
  const operands = all.filter(({ option }) => option.kind === "operands");
  const options = all.filter(({ option }) => option.kind !== "operands");
  const column = Math.max(...all.map((entry) => syntax(entry).length)) + 2;
  const rows = (part: Entry[]) => part.flatMap((entry) => row(entry, column));
  const usage = ["Usage:", command.script, "[OPTIONS]"].concat(
    operands.map(({ label }) => `[${label}...]`),
  );
  const lines = [
    usage.join(" "),
    "",
    ...wrap(command.summary.split(" "), WIDTH),
    ...(operands.length > 0 ? ["", "Arguments:", ...rows(operands)] : []),
    "",
    "Options:",
    ...rows(options),
  ];
  return lines.join("\n") + "\n";
}

function syntax({ label, option }: Entry): string {
  const { kind, short, placeholder } = option;
  if (kind === "operands") return `  ${label}...`;
  const names = short === undefined
    ? `      ${label}`
    : `  -${short}, ${label}`;
  return kind === "flag" ? names : `${names} ${placeholder}`;
}

function row(entry: Entry, column: number): string[] {
  const { help, shownDefault } = entry.option;
  const words = help.split(" ");
  // One word, for it is read as one.
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
