/** Where lines stand: the first, and the one after the last. */
interface Range {
  start: number;
  end: number;
}

/** What may precede a name in its declaration. */
const DECLARES =
  /^(?:export |default |async |function\*? |class |interface |type |const |def )/;

/**
 * Takes lines out of a program by their text, so that the program needs no marks.
 *
 * A name is the beginning of a line, without its indentation and the words that
 * declare a name (`export`, `async`, `function`, `class`, `const`, `def`). It selects
 * the first such line and all that belongs to it: the lines that are indented deeper,
 * and the bracket that closes it. `A > B` looks for `B` inside of `A`, and `A … B` goes
 * from `A` to the end of the first `B` after it.
 *
 * @throws {RangeError} If there is no such line.
 *
 * @param text The program.
 * @param name The name.
 * @returns The lines, dedented.
 *
 * @example
 * ```ts
 * import { region } from "./region.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const program = "export function f() {\n  if (a) {\n    b();\n  }\n  c();\n}\nd();";
 * assertEquals(region(program, "f > if (a"), ["if (a) {", "  b();", "}"]);
 * assertEquals(region(program, "f > b … c"), ["  b();", "}", "c();"]);
 * ```
 */
export function region(text: string, name: string): string[] {
  const lines = text.trimEnd().split(/\r?\n/);
  const steps = name.split(" > ");
  const last = steps.pop() ?? "";
  let within = { start: 0, end: lines.length };
  for (const step of steps) {
    const { start, end } = find(lines, within, step);
    within = { start: start + 1, end };
  }
  const [from = "", to] = last.split(" … ");
  const found = find(lines, within, from);
  const { start } = found;
  const { end } = to === undefined
    ? found
    : find(lines, { start: start + 1, end: within.end }, to);
  return dedent(lines.slice(start, end));
}

function find(lines: string[], { start, end }: Range, name: string): Range {
  for (let at = start; at < end; at++) {
    if (begins(lines[at] ?? "", name)) {
      return { start: at, end: extent(lines, at, end) };
    }
  }
  throw new RangeError(`No line begins with ${name}`);
}

/** Whether a line begins with this: with whole words of it. */
function begins(line: string, name: string): boolean {
  for (let rest = line.trimStart();;) {
    const next = rest[name.length] ?? "";
    const isWhole = !/\w$/.test(name) || !/\w/.test(next);
    if (rest.startsWith(name) && isWhole) return true;
    const declares = DECLARES.exec(rest)?.[0];
    if (declares === undefined) return false;
    rest = rest.slice(declares.length);
  }
}

/** Where a line ends with all that belongs to it. */
function extent(lines: string[], first: number, limit: number): number {
  const depth = indentation(lines[first] ?? "");
  let end = first + 1;
  for (let at = end; at < limit; at++) {
    const line = lines[at] ?? "";
    if (line.trim() === "") continue;
    const closes = /^[)}\]]/.test(line.trimStart());
    if (indentation(line) < depth + (closes ? 0 : 1)) break;
    end = at + 1;
  }
  return end;
}

function dedent(lines: string[]): string[] {
  const depths = lines.filter((line) => line.trim() !== "").map(indentation);
  const least = Math.min(...depths);
  return lines.map((line) => line.slice(least));
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}
