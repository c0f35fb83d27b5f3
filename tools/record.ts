/**
 * Records which socket calls programs make: their lines, times, waits and bytes.
 *
 *     deno task record -- examples/2-tcp-server/plain.ts -- examples/2-tcp-server/plain_client.ts
 *
 * Each program follows a `--`, with its own arguments. Each starts once those before
 * it wait; when all wait and nothing more happens, Ctrl-C ends them. The recording
 * goes to standard output as JSON lines, which tools/record/README.md describes.
 */
import { parseCommands, Refusal } from "./record/arguments.ts";
import { record, toLines } from "./record/recorder.ts";

const HELP =
  `Usage: deno task record [--output FILE] [--limit SECONDS] -- PROGRAM [ARGUMENT...] [-- PROGRAM ...]

PROGRAM is a file for Deno or Python, or a whole command: deno run --allow-net a.ts
`;

async function main(args: string[]): Promise<void> {
  const options = parseCommands(args);
  if (options === null) return console.log("%s", HELP);
  const events = await record(options.programs, {
    cwd: Deno.cwd(),
    limit: options.limit * 1000,
    onLine: ({ name }, line) => console.error("%s: %s", name, line),
  });
  const lines = toLines(events);
  if (options.output === undefined) console.log("%s", lines.trimEnd());
  else await Deno.writeTextFile(options.output, lines);
}

if (import.meta.main) {
  try {
    await main(Deno.args);
  } catch (error) {
    if (!(error instanceof Refusal) && !(error instanceof RangeError)) {
      throw error;
    }
    console.error("record.ts: %s", error.message);
    Deno.exit(2);
  }
}
