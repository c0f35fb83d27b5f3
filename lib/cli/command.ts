import { AddressError, parseHostname, parsePort } from "../net/address.ts";
import { quote } from "../text/printable.ts";
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
  readonly options: { readonly [K in keyof T]: Option<T[K]> };
  /** Whether it serves until it is stopped: its standard output is a log. */
  readonly isServer?: boolean;
  /** What the script attempts, for the words of an error; asked for only then. */
  readonly attempt?: (options: T) => Attempt;
  /**
   * Returns the options that the script gets, or throws a {@linkcode UsageError} if
   * they do not go together. `given` are the keys of those that were typed.
   */
  readonly check?: (options: T, given: ReadonlySet<keyof T>) => T;
}

/**
 * One entry of a command line: how it is written, and what is made of it.
 *
 * It is made by `flag`, `value`, `operand` or `operands`. Parser and help read the table,
 * and {@linkcode OptionsOf} gives the type.
 */
export interface Option<V> extends FlagSpec {
  /** A name alone, a name with a value, or values without a name. */
  readonly kind: "flag" | "value" | "operands";
  /** What stands for a value in the help: `PORT`. */
  readonly placeholder?: string;
  /** The default, as it would be typed. */
  readonly shownDefault?: string | undefined;
  /**
   * Makes the value from the texts that were typed, of which there may be none; a
   * {@linkcode UsageError} calls the entry by its label.
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
  readonly short?: string;
  /** What the help says of it. */
  readonly help: string;
}

/** How a {@linkcode value} is written and read. */
export interface ValueSpec<V> extends FlagSpec {
  /** What stands for the value in the help: `PORT`. */
  placeholder: string;
  /** The default, as it would be typed; it passes the same checks. */
  default?: string;
  /**
   * Reads the text that was typed, or throws a {@linkcode UsageError} that says only
   * what is allowed: `a whole number`. The option's name and the text go in front.
   */
  parse: (text: string) => V;
}

/** How the values without a name are written and read. */
export type OperandSpec<V> = Omit<ValueSpec<V>, "short" | "default">;

/** An option that is given or not: `--quiet`. */
export function flag(spec: FlagSpec): Option<boolean> {
  return { ...spec, kind: "flag", read: (given) => given.length > 0 };
}

/**
 * An option with a value: `--port 9999`. Without a default it may be absent:
 * `undefined`.
 *
 * @example
 * ```ts
 * import { count, value } from "./command.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const help = "Limit of each client";
 * const spec = { placeholder: "COUNT", parse: count(1), help };
 * assertEquals(value(spec).read(["3"], "--limit"), 3);
 * assertEquals(value(spec).read([], "--limit"), undefined);
 * assertEquals(value({ ...spec, default: "9" }).read([], "--limit"), 9);
 * ```
 */
export function value<V>(spec: ValueSpec<V> & { default: string }): Option<V>;
/** An option with a value that may be absent. */
export function value<V>(spec: ValueSpec<V>): Option<V | undefined>;
export function value<V>(spec: ValueSpec<V>): Option<V | undefined> {
  const read: Option<V | undefined>["read"] = ([text = spec.default], label) =>
    text === undefined ? undefined : parseAs(label, text, spec.parse);
  return { ...spec, kind: "value", shownDefault: spec.default, read };
}

/**
 * The one value without a name, which must be given: `FILE`. A command has one entry
 * of this kind, or one of `operands`, or none.
 */
export function operand<V>(spec: OperandSpec<V>): Option<V> {
  const read: Option<V>["read"] = ([text, second], label) => {
    if (text === undefined) throw new UsageError(`Missing ${label}`);
    if (second === undefined) return parseAs(label, text, spec.parse);
    const problem = `Unexpected ${quote(second)}: only one ${label} is allowed`;
    throw new UsageError(problem);
  };
  return { ...spec, kind: "operands", read };
}

/** The values without a name, or their defaults: `Michael Tracy Sarah`. */
export function operands<V>(
  spec: OperandSpec<V> & { default: readonly string[] },
): Option<V[]> {
  const read: Option<V[]>["read"] = (given, label) =>
    (given.length > 0 ? given : spec.default)
      .map((text) => parseAs(label, text, spec.parse));
  const shownDefault = spec.default.join(" ");
  return { ...spec, kind: "operands", shownDefault, read };
}

function parseAs<V>(
  label: string,
  text: string,
  parse: (text: string) => V,
): V {
  try {
    return parse(text);
  } catch (cause) {
    const isAddress = cause instanceof AddressError;
    if (!isAddress && !(cause instanceof UsageError)) throw cause;
    const expected = isAddress ? cause.expected : cause.message;
    const message = `Invalid ${label} ${quote(text)}: ${expected}`;
    throw new UsageError(message, { cause });
  }
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

/** The entries of a command with their names, in order. */
export function entries<T>(command: Command<T>): Entry[] {
  const options: Record<string, Option<unknown>> = command.options;
  return Object.entries(options).map(([key, option]) => {
    const { kind, placeholder = key } = option;
    const name = key.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
    return {
      key,
      label: kind === "operands" ? placeholder : `--${name}`,
      option,
    };
  });
}

/** The options of a command, from the texts of each key. */
export function readOptions<T>(
  command: Command<T>,
  given: ReadonlyMap<string, readonly string[]>,
): T {
  const values = entries(command).map((
    { key, label, option },
  ) => [key, option.read(given.get(key) ?? [], label)]);
  // The table has an entry for each key of T, which makes a value of its type.
  return Object.fromEntries(values) as T;
}

// Readers of texts, for the `parse` of an entry.

/** The longest time of a timer, 2^31 - 1 milliseconds, in whole seconds: 24 days. */
const MAX_SECONDS = 2_147_483;

/** Reads a name or an IP address as `Deno.connect` and `Deno.listen` take it. */
export const hostname: (text: string) => string = parseHostname;

/** Makes a reader of ports; 0 asks for any free port, where it is allowed. */
export function port(min: 0 | 1): (text: string) => number {
  return (text) => parsePort(text, min);
}

/**
 * Makes a reader of times in seconds, which returns milliseconds.
 *
 * The notation is plain decimal, without exponent and unit. A part of a
 * millisecond counts as a whole one, so that only 0 is 0: no wait, or no limit.
 *
 * @example
 * ```ts
 * import { seconds } from "./command.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(seconds("at least 0")(".5"), 500);
 * assertEquals(seconds("above 0")("0.0001"), 1);
 * ```
 */
export function seconds(
  least: "at least 0" | "above 0",
): (text: string) => number {
  return (text) => {
    const milliseconds = toMilliseconds(text);
    const isEnough = least === "above 0" ? milliseconds > 0 : milliseconds >= 0;
    if (isEnough && milliseconds <= MAX_SECONDS * 1_000) return milliseconds;
    throw new UsageError(
      `seconds such as 5 or 0.5, ${least} and at most ${MAX_SECONDS}`,
    );
  };
}

/** Seconds in decimal digits as milliseconds, rounded up; NaN for all else. */
function toMilliseconds(text: string): number {
  const digits = /^(?=\.?\d)(\d*)(?:\.(\d+))?$/.exec(text);
  if (digits === null) return NaN;
  const [, whole = "", fraction = ""] = digits;
  // By digits: 16.1 * 1000 is 16100.000000000002, and a fraction that is too small
  // for a number would be 0.
  const milliseconds = Number(whole + fraction.slice(0, 3).padEnd(3, "0"));
  return /[1-9]/.test(fraction.slice(3)) ? milliseconds + 1 : milliseconds;
}

/** Makes a reader of whole numbers, of at most a million if `max` is left out. */
export function count(min: number, max = 1_000_000): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    throw new UsageError(`a whole number from ${min} to ${max}`);
  };
}

/** Reads the name of a file; that it can be written is for the system to say. */
export function fileName(text: string): string {
  if (text !== "") return text;
  throw new UsageError("the name of a file");
}
