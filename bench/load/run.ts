/** Runs other programs, bounded in time, each on the cores that it is given. */

import {
  listening,
  Process,
  ROOT,
  run as runProcess,
  type Server,
  works,
} from "../../tests/support/mod.ts";

/** How long a program may take to its end, in milliseconds. */
const LIMIT = 120_000;

/** The cores that a program may use; `null`: any. */
export type Cores = string | null;

/** Whether programs are kept to a core, so that figures repeat. */
export const isPinned: boolean = navigator.hardwareConcurrency > 1 &&
  works("taskset", "-c", "0", "true");

/** A command line that keeps to these cores. */
export function onCores(cores: Cores, command: string[]): string[] {
  return cores === null || !isPinned
    ? command
    : ["taskset", "-c", cores, ...command];
}

/** Starts a program in the project's directory. */
export function start([program = "", ...args]: string[]): Process {
  return Process.start(program, args, { cwd: ROOT });
}

/**
 * Runs a program to its end; what it printed on standard output.
 *
 * @throws {Error} If it fails, or takes too long.
 */
export function run([program = "", ...args]: string[]): Promise<string> {
  return runProcess(program, args, { cwd: ROOT }, LIMIT);
}

/**
 * Starts a server and waits for its `Bind … on PORT...`.
 *
 * @throws {Error} If it ends instead.
 */
export function serve(command: string[]): Promise<Server> {
  // As many connections as the system allows: the usual limit is 1,024 files.
  const raise = 'ulimit -n "$(ulimit -Hn)"; exec "$@"';
  return listening(start(["sh", "-c", raise, "sh", ...command]));
}
