// Stands in for jsr:@std/cli/parse-args: the same code, from npm (see README.md).
import { parseArgs as original } from "deno-std/cli/parse_args.js";

/** The options of {@linkcode parseArgs} that this project uses. */
export interface ParseOptions {
  /** Whether what follows `--` is kept apart, under that name. */
  "--"?: boolean;
  /** Names of options that take no value. */
  boolean?: readonly string[];
  /** Names of options whose value stays a string; `"_"` for the operands. */
  string?: readonly string[];
  /** Other names of an option. */
  alias?: Record<string, string>;
  /** Called for each argument that no other setting covers; `false` leaves it out. */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/** What was parsed: operands under `_`, each option under its names. */
export interface Args {
  /** The operands. */
  _: Array<string | number>;
  /** What followed `--`, if that is kept apart. */
  "--"?: string[];
  /** An option by its name. */
  [name: string]: unknown;
}

/** Parses command-line arguments. */
export const parseArgs: (args: string[], options?: ParseOptions) => Args =
  original;
