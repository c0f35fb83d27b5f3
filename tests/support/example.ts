/**
 * The programs of `examples/` and of the book: with any arguments, or typed as their
 * headers say.
 */

import { otherPort } from "./other_port.ts";
import { Process } from "./process.ts";
import { listening, ROOT, type Server } from "./scripts.ts";

/** How an example is run. */
export interface ExampleOptions {
  args?: string[];
  /** What it uses in place of port 9999. */
  port?: number;
  /** Whether something can be typed to it. */
  hasInput?: boolean;
}

const ENV = { NO_COLOR: "1" };
const NET = "--allow-net=127.0.0.1,127.0.0.2,0.0.0.0";

/** Runs an example in Deno, which may use the network of this machine. */
export function runExample(
  path: string,
  { args = [], port = 9999, hasInput = false }: ExampleOptions = {},
): Process {
  const flags = ["--quiet", "--no-prompt", NET, otherPort(port)];
  const words = ["run", ...flags, path, ...args];
  return Process.start(Deno.execPath(), words, {
    cwd: ROOT,
    hasInput,
    env: ENV,
  });
}

/** Starts an example that is a server, on any free port. */
export async function startExample(path: string): Promise<Server> {
  return await listening(runExample(path, { port: 0 }));
}

/** What an example prints, once it has ended with status 0 and without an error. */
export async function outputOf(
  path: string,
  options: ExampleOptions = {},
): Promise<string> {
  return await cleanOutput(path, runExample(path, options));
}

/** How a line of a header is changed before it is run. */
export interface TypedOptions {
  /** What the example uses in place of port 9999. */
  port?: number;
  /** Arguments in place of those in the header. */
  args?: string[];
  /** Words to replace in the line. */
  replace?: Record<string, string>;
  /** The folder in which it runs, where that is not the project's: a path. */
  cwd?: string;
}

/** The line in the header of an example that says how to run it, without quotes. */
export async function runLine(path: string): Promise<string> {
  const text = await Deno.readTextFile(new URL(path, ROOT));
  const line = /^ \* {5}(deno run .*)$/m.exec(text)?.[1];
  if (line === undefined) throw new Error(`No line runs ${path}`);
  return line.replaceAll('"', "");
}

/**
 * Runs an example as its header says, with the permissions that stand there and no
 * more.
 */
export async function runTyped(
  path: string,
  { port = 9999, args, replace = {}, cwd }: TypedOptions = {},
): Promise<Process> {
  let line = (await runLine(path)).replaceAll(":9999", `:${port}`);
  for (const [from, to] of Object.entries(replace)) {
    line = line.replaceAll(from, to);
  }
  const words = line.split(" ").slice(2);
  const at = words.findIndex((word) => /^[^-].*\.ts$/.test(word));
  const script = words[at] ?? "";
  return Process.start(Deno.execPath(), [
    ...["run", "--quiet", "--no-prompt", otherPort(port)],
    ...words.slice(0, at),
    cwd === undefined ? script : new URL(script, ROOT).href,
    ...args ?? words.slice(at + 1),
  ], { cwd: cwd ?? ROOT, env: ENV });
}

/** As {@linkcode startExample}, typed. */
export async function startTyped(
  path: string,
  options: Omit<TypedOptions, "port"> = {},
): Promise<Server> {
  return await listening(await runTyped(path, { ...options, port: 0 }));
}

/** As {@linkcode outputOf}, typed. */
export async function typedOutput(
  path: string,
  options: TypedOptions = {},
): Promise<string> {
  return await cleanOutput(path, await runTyped(path, options));
}

async function cleanOutput(path: string, example: Process): Promise<string> {
  await using process = example;
  const { code, stdout, stderr } = await process.ended();
  if (code !== 0 || stderr !== "") {
    throw new Error(`${path} ended with status ${code}: ${stderr}`);
  }
  return stdout;
}
