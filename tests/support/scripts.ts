import { type Ended, Process } from "./process.ts";

/** The project's directory. */
export const ROOT = new URL("../..", import.meta.url);

/** How a script starts. */
export interface ScriptOptions {
  /** What is allowed, each as what follows `--allow-`. */
  allow?: string[];
  /** Variables on top of the environment. */
  env?: Record<string, string>;
}

/** A server that listens, and ends with the block (`await using`). */
export interface Server extends AsyncDisposable {
  process: Process;
  port: number;
}

/**
 * Runs a script of this project in Deno, in the project's directory, with the
 * permissions that the tasks give: the network of this machine alone.
 */
export function deno(
  script: string,
  args: string[] = [],
  {
    allow = ["net=127.0.0.1,[::1],localhost"],
    env = {},
  }: ScriptOptions = {},
): Process {
  const flags = ["--quiet", "--no-prompt", ...allow.map((a) => `--allow-${a}`)];
  return Process.start(Deno.execPath(), ["run", ...flags, script, ...args], {
    cwd: ROOT,
    // Otherwise Deno colours its errors, into a pipe too.
    env: { NO_COLOR: "1", ...env },
  });
}

/**
 * The port of a server that has just started, from the line `Bind TCP on PORT...`
 * that each of them, ours and those in Python, prints once it listens.
 */
export async function boundPort(server: Process): Promise<number> {
  const line = await server.line(/^Bind (TCP|UDP) on \d+\.\.\.$/);
  return Number(line.replace(/\D/g, ""));
}

/** Starts a server script on any free port and waits until it listens. */
export async function startServer(
  script: string,
  args: string[] = [],
  options: ScriptOptions = {},
): Promise<Server> {
  const process = deno(script, ["--port=0", ...args], options);
  try {
    const port = await boundPort(process);
    return {
      process,
      port,
      [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
    };
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Tells a server to stop and waits until it has: what it has printed.
 *
 * @throws {Error} If its exit status is not 0. Windows has no SIGTERM: the server
 * is ended from outside there, and the status says nothing.
 */
export async function stop({ process }: Server): Promise<Ended> {
  process.kill("SIGTERM");
  const ended = await process.ended();
  if (ended.code !== 0 && Deno.build.os !== "windows") {
    throw new Error(`The server exited with ${ended.code}:\n${ended.stderr}`);
  }
  return ended;
}
