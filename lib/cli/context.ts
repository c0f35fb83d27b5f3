import type { TcpServerOptions } from "../tcp/mod.ts";

/**
 * What a script gets from its surroundings: where its output goes, and when to end.
 *
 * It can be spread into the options of a server: `{ ...options, ...context }`.
 */
export interface Context
  extends Required<Pick<TcpServerOptions, "onError" | "warn" | "trace">> {
  /** Writes a line of what the program is for to standard output. */
  print(line: string): void;
  /** Writes a line about one client or connection to standard output, unless `--quiet`. */
  log(line: string): void;
  /** Writes a line to standard error, with the script's name in front. */
  warn(line: string): void;
  /** Reports on standard error what ended one connection, unless `--quiet`. */
  onError(error: unknown, remoteAddr: Deno.NetAddr): void;
  /** Writes bytes to standard output as they are. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes a line of a trace to standard error; `undefined` without `--trace`. */
  trace: ((line: string) => void) | undefined;
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP; a second one ends the process. */
  signal: AbortSignal;
}
