import type { Entry } from "./command.ts";
import { quote } from "./quote.ts";

/** What is an option and not the value of the one before: `-1` is a value. */
const OPTION = /^-[-a-z]/i;

/**
 * Spells a command line out: each option as `--key=value`, whatever short or
 * spaced form it was typed in, and operands as they are.
 *
 * In that form `parseArgs` of `@std/cli` has nothing to guess. As people type
 * it, it would take `true` after a flag for the flag's value, `-1` for an option
 * even where a value is due, `--quiet=x` for `--quiet`, `--no-port=80` for
 * `--port`, and a missing value for an empty one.
 *
 * @param args The command line.
 * @param entries What it may hold.
 * @param report Called with each problem; what causes one is left out.
 * @returns The command line for `parseArgs`.
 *
 * @example
 * ```ts
 * import { flag, value } from "./option.ts";
 * import { spellOut } from "./spell_out.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const quiet = flag({ short: "q", help: "" });
 * const wait = { short: "w", placeholder: "S", default: "1", parse: Number };
 * const entries = [
 *   { key: "quiet", label: "--quiet", option: quiet },
 *   { key: "wait", label: "--wait", option: value({ ...wait, help: "" }) },
 * ];
 * const problems: string[] = [];
 * const args = ["-qw", "-1", "true", "--loud", "--", "-q"];
 * assertEquals(
 *   spellOut(args, entries, (problem) => problems.push(problem)),
 *   ["--quiet=true", "--wait=-1", "true", "--", "-q"],
 * );
 * assertEquals(problems, [
 *   "Unknown option --loud: allowed are --quiet, --wait",
 * ]);
 * ```
 */
export function spellOut(
  args: readonly string[],
  entries: readonly Entry[],
  report: (problem: string) => void,
): string[] {
  const named = byName(entries);
  const left = args.toReversed(); // The next one is at the end, for pop().
  const spelled: string[] = [];
  while (left.length > 0 && left.at(-1) !== "--") {
    const arg = left.pop() ?? "";
    if (!/^-./s.test(arg)) {
      spelled.push(arg);
      continue;
    }
    for (const [name, text] of split(arg, named)) {
      const entry = named.get(name);
      if (entry === undefined) report(unknown(name, entries));
      else spelled.push(...spell(entry, text, left, report));
    }
  }
  return [...spelled, ...left.reverse()];
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
  // As in `-qp99`, letters go on behind a flag; behind another comes its value.
  while (
    named.get(`-${letter}`)?.option.kind === "flag" && /^[^=]/.test(rest)
  ) {
    yield [`-${letter}`];
    [, letter = "", rest = ""] = /^(.)(.*)$/su.exec(rest) ?? [];
  }
  yield rest === "" ? [`-${letter}`] : [`-${letter}`, rest.replace(/^=/, "")];
}

/** One option in full, or nothing if that is a problem. */
function spell(
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
  const shown = quote(name).slice(1, -1); // Safe and short, and bare as typed.
  return `Unknown option ${shown}: allowed are ${allowed.join(", ")}`;
}
