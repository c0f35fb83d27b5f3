/**
 * Draws a trace as an SVG file: what each side sent.
 *
 *     deno run --allow-net=127.0.0.1:9999 tcp_client.ts --trace 2> run.trace
 *     deno task draw run.trace > run.svg
 *
 * Without a file it reads standard input. `--lang zh` draws it with Chinese words.
 */
import { parseArgs } from "@std/cli/parse-args";
import { sequenceDiagram } from "./draw/sequence_diagram.ts";
import { parseTrace } from "./draw/trace_events.ts";
import { Failure, Refusal, runTool } from "./record/arguments.ts";

const HELP = `Usage: deno task draw [--lang en|zh] [FILE] > run.svg

Draws a trace, which --trace has written, from FILE or standard input.
`;

async function read(file: string | undefined): Promise<string> {
  if (file === undefined) return await new Response(Deno.stdin.readable).text();
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new Failure(`Cannot read ${file}: ${error.message}`);
  }
}

async function main(args: string[]): Promise<void> {
  const unknown: string[] = [];
  const { _: files, help, lang = "en" } = parseArgs(args, {
    string: ["lang", "_"],
    boolean: ["help"],
    alias: { help: "h" },
    unknown: (argument) => !argument.startsWith("-") || !unknown.push(argument),
  });
  if (help) return console.log("%s", HELP);
  const [file, another] = files.map(String);
  const odd = unknown[0] ?? another;
  if (odd !== undefined) throw new Refusal(`Unknown argument: ${odd}`);
  if (lang !== "en" && lang !== "zh") {
    throw new Refusal(
      `Unknown language: ${lang}; choose --lang en or --lang zh`,
    );
  }
  const events = parseTrace(await read(file));
  if (events.length === 0) {
    throw new Failure(
      `Cannot find a trace in ${
        file ?? "standard input"
      }: --trace writes one on standard error, 2> run.trace keeps it`,
    );
  }
  console.log("%s", sequenceDiagram(events, { language: lang }).trimEnd());
}

if (import.meta.main) await runTool("draw.ts", Deno.args, main);
