/**
 * Records programs, as `deno task record` does, and shows them in the browser step
 * by step, as the book does.
 *
 *     deno task play -- book/2-tcp-server/plain.ts -- book/2-tcp-server/plain_client.ts
 *
 * The page is on 127.0.0.1 alone, until Ctrl-C. A recording that was kept is shown
 * with `deno task play run.jsonl`.
 */
import { pathToFileURL } from "node:url";
import {
  parseCommands,
  recordCommands,
  Refusal,
  runTool,
} from "./record/arguments.ts";
import { serveLocally } from "./record/local_server.ts";
import { playerPage } from "./record/player_page.ts";
import type { RecordedEvent } from "./record/recorder.ts";
import { VERSION } from "./record/recording.ts";
import { runOf } from "./record/run_of.ts";

const HELP =
  `Usage: deno task play [--limit SECONDS] -- PROGRAM [ARGUMENT...] [-- PROGRAM ...]
       deno task play FILE

FILE is a recording that deno task record has made.
`;

/** The events of a recording that was kept. */
async function readRecording(file: string): Promise<RecordedEvent[]> {
  try {
    const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
    const [head, ...events] = lines.map((line) => JSON.parse(line));
    if (head.version === VERSION) return events;
    throw new Refusal(`Unknown version of ${file}: ${head.version}`);
  } catch (error) {
    if (error instanceof Refusal || !(error instanceof Error)) throw error;
    throw new Refusal(`Cannot read ${file}: ${error.message}`);
  }
}

async function eventsOf(args: string[]): Promise<RecordedEvent[] | null> {
  const [file = "", ...others] = args;
  if (args.length === 1 && !file.startsWith("-")) {
    return await readRecording(file);
  }
  const options = parseCommands([file, ...others].filter(Boolean));
  if (options === null) return null;
  return await recordCommands(options, (line) => console.log("%s", line));
}

async function main(args: string[]): Promise<void> {
  const events = await eventsOf(args);
  if (events === null) return console.log("%s", HELP);
  const root = pathToFileURL(`${Deno.cwd()}/`);
  const server = serveLocally(0, playerPage(runOf(events, { root })));
  const { port } = server.addr;
  console.log("Step by step: http://127.0.0.1:%d/ until Ctrl-C", port);
  Deno.addSignalListener("SIGINT", () => Deno.exit(0));
  await server.finished;
}

if (import.meta.main) await runTool("play.ts", Deno.args, main);
