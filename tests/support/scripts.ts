import { type Ended, Process, type ProcessOptions } from "./process.ts";

/** The project's directory. */
export const ROOT = new URL("../..", import.meta.url);

/** The line that each server prints once it listens, ours and those of others. */
export const BIND = /^Bind (?:TCP|UDP) on (\d+)\.\.\.$/;

/** How a script starts. */
export interface ScriptOptions
  extends Pick<ProcessOptions, "env" | "hasInput" | "onLine"> {
  /** The permissions, each as what follows `--allow-`. */
  allow?: string[];
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
    ...options
  }: ScriptOptions = {},
): Process {
  const flags = ["--quiet", "--no-prompt", ...allow.map((a) => `--allow-${a}`)];
  return Process.start(Deno.execPath(), ["run", ...flags, script, ...args], {
    ...options,
    cwd: ROOT,
    // Otherwise Deno colours its errors, into a pipe too.
    env: { NO_COLOR: "1", ...env },
  });
}

/** The port of a server that has just started, from its {@linkcode BIND} line. */
export async function boundPort(server: Process): Promise<number> {
  return Number(BIND.exec(await server.line(BIND))?.[1]);
}

/** Starts a server script, on any free port if none is given; waits until it listens. */
export async function startServer(
  script: string,
  args: string[] = [],
  options: ScriptOptions = {},
): Promise<Server> {
  const hasPort = args.some((arg) => arg.startsWith("--port="));
  const port = hasPort ? [] : ["--port=0"];
  return await listening(deno(script, [...port, ...args], options));
}

/** Waits until a server listens; one that does not is ended. */
export async function listening(process: Process): Promise<Server> {
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
 * Tells a server to stop, waits until it has, and returns what it printed.
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
