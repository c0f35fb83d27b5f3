/**
 * Records which socket calls programs make: their lines, times, waits and bytes.
 *
 *     deno task record -- book/2-tcp-server/plain.ts -- book/2-tcp-server/plain_client.ts
 *
 * Each program follows a `--`, with its own arguments, and starts once those before
 * it wait. When all wait and nothing more happens, they get Ctrl-C; press it yourself
 * to stop them earlier. The recording goes to standard output as JSON lines, which
 * book/tools/record/README.md describes.
 */
import { parseCommands, recordCommands, runTool } from "./record/arguments.ts";
import { toLines } from "./record/recorder.ts";

const HELP =
  `Usage: deno task record [--limit SECONDS] -- PROGRAM [ARGUMENT...] [-- PROGRAM ...] > run.jsonl

The programs get Ctrl-C after --limit seconds (30), or when all of them wait. PROGRAM is
a file for Deno or Python, or a whole command: deno run --allow-net a.ts
`;

async function main(args: string[]): Promise<void> {
  const options = parseCommands(args);
  if (options === null) return console.log("%s", HELP);
  const print = (line: string) => console.error("%s", line);
  console.log("%s", toLines(await recordCommands(options, print)).trimEnd());
}

if (import.meta.main) await runTool("record.ts", Deno.args, main);
