/**
 * Records which socket calls programs make: their lines, times, waits and bytes.
 *
 *     deno task record -- examples/2-tcp-server/plain.ts -- examples/2-tcp-server/plain_client.ts
 *
 * Each program follows a `--`, with its own arguments. Each starts once those before
 * it wait; when all wait and nothing more happens, Ctrl-C ends them. The recording
 * goes to standard output as JSON lines, which tools/record/README.md describes.
 */
import { type Program, record, toLines } from "./record/recorder.ts";

const HELP =
  `Usage: deno task record [--output FILE] [--limit SECONDS] -- PROGRAM [ARGUMENT...] [-- PROGRAM ...]

PROGRAM is a file for Deno or Python, or a whole command: deno run --allow-net a.ts
`;

class Refusal extends Error {}

interface Options {
  output?: string;
  limit: number;
  programs: Program[];
}

function parse(args: string[]): Options | null {
  const options: Options = { limit: 30, programs: [] };
  const commands: string[][] = [];
  let rest = [...args];
  while (rest.length > 0 && rest[0] !== "--") {
    const [word = "", value] = rest;
    if (word === "--help" || word === "-h") return null;
    if (word === "--output" && value !== undefined) options.output = value;
    else if (word === "--limit" && Number(value) > 0) {
      options.limit = Number(value);
    } else throw new Refusal(`Unknown argument: ${word}; see --help`);
    rest = rest.slice(2);
  }
  for (const word of rest) {
    if (word === "--") commands.push([]);
    else commands.at(-1)?.push(word);
  }
  const given = commands.filter((command) => command.length > 0);
  if (given.length === 0) throw new Refusal("Which program? See --help");
  options.programs = given.map((command, i) => ({
    name: i === 0 && given.length > 1
      ? "server"
      : given.length > 2
      ? `client ${i}`
      : "client",
    command,
  }));
  return options;
}

async function main(args: string[]): Promise<void> {
  const options = parse(args);
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
