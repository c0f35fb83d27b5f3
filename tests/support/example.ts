import { otherPort } from "./other_port.ts";
import { Process } from "./process.ts";
import { listening, ROOT, type Server } from "./scripts.ts";

/** How an example is run. */
export interface ExampleOptions {
  /** Its arguments. */
  args?: string[];
  /** What it uses in place of port 9999. */
  port?: number;
}

/** Runs a file of `examples/` in Deno, which may use the network of this machine. */
export function runExample(
  path: string,
  { args = [], port = 9999 }: ExampleOptions = {},
): Process {
  const flags = [
    "--quiet",
    "--no-prompt",
    "--allow-net=127.0.0.1,127.0.0.2,0.0.0.0",
  ];
  return Process.start(
    Deno.execPath(),
    ["run", ...flags, otherPort(port), `examples/${path}`, ...args],
    { cwd: ROOT, env: { NO_COLOR: "1" } },
  );
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
  await using process = runExample(path, options);
  const { code, stdout, stderr } = await process.ended();
  if (code !== 0 || stderr !== "") {
    throw new Error(`examples/${path} ended with status ${code}: ${stderr}`);
  }
  return stdout;
}
