import { quote } from "../text/mod.ts";
import { type Attempt, UsageError } from "./errors.ts";

/** What a script's command line may hold, in a table. */
export interface Command<T> {
  /** The script's name: `tcp_server.ts`. */
  readonly script: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /**
   * An entry for each option, in the order of the help. The key `maxConnections`
   * is written `--max-connections`; `help` is taken.
   */
  readonly options: { readonly [K in keyof T]-?: Option<T[K]> };
  /** Whether it serves until it is stopped: its standard output is a log. */
  readonly isServer?: boolean;
  /** What the script attempts, for the words of an error; asked for only then. */
  readonly attempt?: (options: T) => Attempt;
  /**
   * Refuses options that do not go together.
   *
   * @throws {UsageError} If the options do not go together.
   * @param options The options.
   * @param given The keys of those that were typed and are no default.
   * @returns The options that the script gets.
   */
  readonly check?: (options: T, given: ReadonlySet<keyof T>) => T;
}

/** An entry of a table with its names, for the parser and the help. */
export interface Entry {
  /** Its key in the options. */
  readonly key: string;
  /** What a person calls it: `--max-connections`, or `NAME`. */
  readonly label: string;
  /** The entry itself. */
  readonly option: Option<unknown>;
}

/** The entry that each command has besides its own. */
export const HELP: Entry = {
  key: "help",
  label: "--help",
  option: flag({ short: "h", help: "Show this help and exit" }),
};

/** The options of a command, from the texts of each entry; without any: the defaults. */
export function readOptions<T>(
  command: Command<T>,
  textsOf: (entry: Entry) => readonly string[] = () => [],
): T {
  const values = entries(command).map((entry) => {
    const { key, label, option } = entry;
    return [key, option.read(textsOf(entry), label)];
  });
  // The table has an entry for each key of T, which makes a value of its type.
  return Object.fromEntries(values) as T;
}

/** The entries of a command with their names, in order, {@linkcode HELP} left out. */
export function entries<T>(command: Command<T>): Entry[] {
  const options: Record<string, Option<unknown>> = command.options;
  return Object.entries(options).map(([key, option]) => (
    { key, label: label(key, option), option }
  ));
}

function label(key: string, { kind, placeholder = key }: Option<unknown>) {
  if (kind === "operands") return placeholder;
  return `--${key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
}

/**
 * One entry of a command line: how it is written, and what is made of it.
 *
 * To add an option to a script, add one entry to its table, made by `flag`,
 * `value`, `optionalValue`, `operand` or `operands`:
 *
 *     timestamps: flag({ help: "Print the time in front of each line" }),
 *
 * The key is its name in the script (`options.timestamps`) and on the command line
 * (`--timestamps`), parser and help read the table, and {@linkcode OptionsOf} gives
 * the type. Values with a syntax of their own are read by a function as in
 * `_values.ts`.
 */
export interface Option<V> {
  /** A name alone, a name with a value, or values without a name. */
  readonly kind: "flag" | "value" | "operands";
  /** Whether there is exactly one value without a name. */
  readonly isSingle?: boolean;
  /** The letter of its short form. */
  readonly short?: string;
  /** What stands for a value in the help: `PORT`. */
  readonly placeholder?: string;
  /** What the help says of it. */
  readonly help: string;
  /** The default, as it would be typed. */
  readonly shownDefault?: string;
  /**
   * Makes the value from the texts of the command line, of which there may be none.
   * An error calls the entry by its label.
   *
   * @throws {UsageError} If a text is not allowed.
   */
  readonly read: (given: readonly string[], label: string) => V;
}

/** The options that a script gets from a table: the value of each entry. */
export type OptionsOf<Table extends Record<string, Option<unknown>>> = {
  [K in keyof Table]: Table[K] extends Option<infer V> ? V : never;
};

/** How a {@linkcode flag} is written. */
export interface FlagSpec {
  /** The letter of its short form. */
  short?: string;
  /** What the help says of it. */
  help: string;
}

/** How an {@linkcode optionalValue} is written and read. */
export interface OptionalValueSpec<V> extends FlagSpec {
  /** What stands for the value in the help: `PORT`. */
  placeholder: string;
  /**
   * Reads the text that was typed. If it is not allowed, this throws a
   * {@linkcode UsageError} that says only what is: `a whole number`. The option's
   * name and the text are put in front.
   */
  parse: (text: string) => V;
}

/** How a {@linkcode value} is written and read. */
export interface ValueSpec<V> extends OptionalValueSpec<V> {
  /**
   * The default, as it would be typed: the help shows it, and it passes the same
   * checks.
   */
  default: string;
}

/** How {@linkcode operands} are written and read. */
export interface OperandsSpec<V> extends Omit<OptionalValueSpec<V>, "short"> {
  /** The default, as it would be typed. */
  default: readonly string[];
}

/** An option that is given or not: `--quiet`. */
export function flag(spec: FlagSpec): Option<boolean> {
  return { ...spec, kind: "flag", read: (given) => given.length > 0 };
}

/**
 * An option with a value, and a default: `--port 9999`.
 *
 * @example
 * ```ts
 * import { value } from "./command.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const grade = value({
 *   placeholder: "LETTER",
 *   default: "a",
 *   parse: (text) => text.toUpperCase(),
 *   help: "The grade",
 * });
 * assertEquals(grade.read([], "--grade"), "A");
 * assertEquals(grade.read(["b"], "--grade"), "B");
 * ```
 */
export function value<V>(spec: ValueSpec<V>): Option<V> {
  return {
    ...spec,
    kind: "value",
    shownDefault: spec.default,
    read: ([text = spec.default], label) => parseAs(label, text, spec),
  };
}

/** An option with a value and no default: `--output FILE`. */
export function optionalValue<V>(
  spec: OptionalValueSpec<V>,
): Option<V | undefined> {
  return {
    ...spec,
    kind: "value",
    read: ([text], label) =>
      text === undefined ? undefined : parseAs(label, text, spec),
  };
}

/**
 * The one value without a name, which must be given: `FILE`. A command has one entry
 * of this kind, or one of `operands`, or none.
 *
 * @example
 * ```ts
 * import { operand } from "./command.ts";
 * import { UsageError } from "./errors.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const file = operand({ placeholder: "FILE", parse: String, help: "What to send" });
 * assertEquals(file.read(["a.txt"], "FILE"), "a.txt");
 * assertThrows(() => file.read([], "FILE"), UsageError, "Missing FILE");
 * ```
 */
export function operand<V>(
  spec: Omit<OptionalValueSpec<V>, "short">,
): Option<V> {
  return {
    ...spec,
    kind: "operands",
    isSingle: true,
    read: ([text, second], label) => {
      if (text === undefined) throw new UsageError(`Missing ${label}`);
      if (second === undefined) return parseAs(label, text, spec);
      throw new UsageError(
        `Unexpected ${quote(second)}: only one ${label} is allowed`,
      );
    },
  };
}

/**
 * The values without a name: `Michael Tracy Sarah`. A command has one entry of this
 * kind or none.
 */
export function operands<V>(spec: OperandsSpec<V>): Option<V[]> {
  return {
    ...spec,
    kind: "operands",
    shownDefault: spec.default.join(" "),
    read: (given, label) =>
      (given.length > 0 ? given : spec.default)
        .map((text) => parseAs(label, text, spec)),
  };
}

function parseAs<V>(
  label: string,
  text: string,
  { parse }: OptionalValueSpec<V>,
): V {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    const message = `Invalid ${label} ${quote(text)}: ${cause.message}`;
    throw new UsageError(message, { cause });
  }
}
