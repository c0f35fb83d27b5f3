import { flag, type Option } from "./option.ts";

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
 * import { flag } from "./option.ts";
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
 * import { flag } from "./option.ts";
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
