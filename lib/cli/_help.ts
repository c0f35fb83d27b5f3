import { type Command, entries, type Entry, HELP } from "./command.ts";

/** The usual width of a terminal. */
const WIDTH = 80;

/**
 * The help of a command: how to call it, what it does, and each entry of its table
 * with its default, in lines of at most 80 columns.
 */
export function helpText<T>(command: Command<T>): string {
  const all = [...entries(command), HELP];
  const operands = all.filter(({ option }) => option.kind === "operands");
  const options = all.filter(({ option }) => option.kind !== "operands");
  const column = Math.max(...all.map((entry) => syntax(entry).length)) + 2;
  const rows = (part: Entry[]) => part.flatMap((entry) => row(entry, column));
  const usage = ["Usage:", command.script, "[OPTIONS]"].concat(
    operands.map((entry) =>
      entry.option.isSingle ? entry.label : `[${entry.label}...]`
    ),
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
  const { kind, short, placeholder, isSingle } = option;
  if (kind === "operands") return `  ${label}${isSingle ? "" : "..."}`;
  const names = short === undefined
    ? `      ${label}`
    : `  -${short}, ${label}`;
  return kind === "flag" ? names : `${names} ${placeholder}`;
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
