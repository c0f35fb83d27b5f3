import { quote } from "../text/printable.ts";
import { UsageError } from "./errors.ts";

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
  /**
   * Refuses what is not allowed together.
   *
   * @throws {UsageError} If the options do not go together.
   * @param options The options.
   * @param given The keys of those that were typed and are no default.
   */
  readonly check?: (options: T, given: ReadonlySet<keyof T>) => void;
}

/** What a server's command line may hold, and over what it serves. */
export interface ServerCommand<T> extends Command<T> {
  /** Over what. */
  readonly transport: "TCP" | "UDP";
}

/** An entry of the table with its names. */
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

/**
 * Lists the entries of a command with their names, {@linkcode HELP} left out.
 *
 * @param command The command.
 * @returns The entries in the order of its table.
 *
 * @example
 * ```ts
 * import { type Command, entries } from "./command.ts";
 * import { flag } from "./command.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const command: Command<{ dryRun: boolean }> = {
 *   script: "clean.ts",
 *   summary: "Removes files.",
 *   options: { dryRun: flag({ help: "Remove nothing" }) },
 * };
 * const labels = entries(command).map((entry) => entry.label);
 * assertEquals(labels, ["--dry-run"]);
 * ```
 */
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
 * The options of a command of which nothing was typed.
 *
 * @param command The command.
 * @returns Each option's default.
 *
 * @example
 * ```ts
 * import { type Command, defaults } from "./command.ts";
 * import { flag } from "./command.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const command: Command<{ dryRun: boolean }> = {
 *   script: "clean.ts",
 *   summary: "Removes files.",
 *   options: { dryRun: flag({ help: "Remove nothing" }) },
 * };
 * assertEquals(defaults(command), { dryRun: false });
 * ```
 */
export function defaults<T>(command: Command<T>): T {
  // The table has an entry for each key of T, which makes a value of its type.
  return Object.fromEntries(
    entries(command).map((
      { key, label, option },
    ) => [key, option.read([], label)]),
  ) as T;
}

/** One entry of a command line: how it is written, and what is made of it. */
export interface Option<V> {
  /** A name alone, a name with a value, or values without a name. */
  readonly kind: "flag" | "value" | "operands";
  /** The letter of its short form. */
  readonly short?: string;
  /** What stands for a value in the help: `PORT`. */
  readonly placeholder?: string;
  /** What the help says of it. */
  readonly help: string;
  /** What counts if it is not given, as it would be typed. */
  readonly shownDefault?: string;
  /**
   * Makes the value.
   *
   * @throws {UsageError} If what was given is not allowed.
   * @param given The texts of the command line, of which there may be none.
   * @param label What an error is to call the entry: `--port`.
   */
  readonly read: (given: readonly string[], label: string) => V;
}

/** What {@linkcode flag} needs to know. */
export interface FlagSpec {
  /** The letter of its short form. */
  short?: string;
  /** What the help says of it. */
  help: string;
}

/** What {@linkcode optionalValue} needs to know. */
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

/** What {@linkcode value} needs to know. */
export interface ValueSpec<V> extends OptionalValueSpec<V> {
  /** What counts if the option is not given, as it would be typed. */
  default: string;
}

/** What {@linkcode operands} needs to know. */
export interface OperandsSpec<V> extends Omit<OptionalValueSpec<V>, "short"> {
  /** What counts if there are none, as they would be typed. */
  default: readonly string[];
}

/**
 * An option that is given or not: `--quiet`.
 *
 * @param spec How it is written.
 * @returns The option, for the table of a command.
 *
 * @example
 * ```ts
 * import { flag } from "./command.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const quiet = flag({ short: "q", help: "Print less" });
 * assertEquals(quiet.read([], "--quiet"), false);
 * ```
 */
export function flag(spec: FlagSpec): Option<boolean> {
  return { ...spec, kind: "flag", read: (given) => given.length > 0 };
}

/**
 * An option with a value, and a default: `--port 9999`.
 *
 * The default is a text, so that the help shows just what a person would type
 * and it passes the same checks.
 *
 * @param spec How it is written and read.
 * @returns The option, for the table of a command.
 *
 * @example
 * ```ts
 * import { value } from "./command.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const placeholder = "LETTER";
 * const parse = (text: string) => text.toUpperCase();
 * const grade = value({ placeholder, default: "a", parse, help: "The grade" });
 * assertEquals(grade.read([], "--grade"), "A");
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

/**
 * An option with a value that may be left out altogether: `--output FILE`.
 *
 * @param spec How it is written and read.
 * @returns The option, for the table of a command.
 *
 * @example
 * ```ts
 * import { optionalValue } from "./command.ts";
 * import { UsageError } from "./errors.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const output = optionalValue({
 *   placeholder: "FILE",
 *   parse(text) {
 *     if (text === "") throw new UsageError("the name of a file");
 *     return text;
 *   },
 *   help: "Write to FILE",
 * });
 * assertEquals(output.read([], "--output"), undefined);
 * assertThrows(
 *   () => output.read([""], "--output"),
 *   UsageError,
 *   'Invalid --output "": the name of a file',
 * );
 * ```
 */
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
 * The values that stand by themselves: `Michael Tracy Sarah`. A command has one
 * entry of this kind or none.
 *
 * @param spec How they are written and read.
 * @returns The entry, for the table of a command.
 *
 * @example
 * ```ts
 * import { operands } from "./command.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const sizes = operands({
 *   placeholder: "SIZE",
 *   default: ["1", "2"],
 *   parse: Number,
 *   help: "What to add up",
 * });
 * assertEquals(sizes.read([], "SIZE"), [1, 2]);
 * ```
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
