/** Running other programs, bounded in time, on a core of their own. */

const ROOT = new URL("..", import.meta.url);

/** Which cores a program may use; `null`: any. */
export type Cores = string | null;

/** Whether a command runs here and succeeds. */
export function works([command = "", ...args]: string[]): boolean {
  try {
    return new Deno.Command(command, {
      args,
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const canPin = navigator.hardwareConcurrency > 1 &&
  works(["taskset", "-c", "0", "true"]);

/** Whether programs are kept to a core, so that figures repeat. */
export const pinned: boolean = canPin;

/** A command line that keeps to these cores. */
export function onCores(cores: Cores, command: string[]): string[] {
  return cores === null || !canPin
    ? command
    : ["taskset", "-c", cores, ...command];
}

/**
 * Runs a program to its end; what it has printed.
 *
 * @throws {Error} If it fails.
 */
export async function run(command: string[]): Promise<string> {
  const [program = "", ...args] = command;
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: ROOT,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${command.join(" ")}: ${text.decode(stderr)}`);
  return text.decode(stdout);
}

/** A server that runs until it is stopped. */
export interface Running extends AsyncDisposable {
  /** Its process. */
  pid: number;
  /** Where it listens. */
  port: number;
}

/**
 * Starts a server and waits for its `Bind … on PORT...`.
 *
 * @throws {Error} If it ends instead.
 */
export async function serve(command: string[]): Promise<Running> {
  const child = new Deno.Command("sh", {
    // As many connections as the system allows: the usual limit is 1,024 files.
    args: ["-c", 'ulimit -n "$(ulimit -Hn)"; exec "$@"', "sh", ...command],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.getReader();
  let text = "";
  for (;;) {
    const port = /^Bind (?:TCP|UDP) on (\d+)/m.exec(text)?.[1];
    if (port !== undefined) {
      return {
        pid: child.pid,
        port: Number(port),
        async [Symbol.asyncDispose]() {
          child.kill("SIGKILL");
          await child.status;
          await reader.cancel();
        },
      };
    }
    const { value } = await reader.read();
    if (value === undefined) throw new Error(`${command.join(" ")} has ended`);
    text += new TextDecoder().decode(value);
  }
}

/** The resident memory of a process, in KiB. */
export async function residentMemory(pid: number): Promise<number> {
  const status = await run(["cat", `/proc/${pid}/status`]);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}
