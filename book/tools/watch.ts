/**
 * Runs programs of the book, or your own, and shows step by step what they do while
 * they do it.
 *
 *     deno task watch
 *     deno task watch -- book/2-tcp-server/plain.ts -- book/2-tcp-server/plain_client.ts
 *
 * The page is on 127.0.0.1 alone, until Ctrl-C, which ends the programs too. Choose
 * programs there, type to them, press Ctrl-C, and lose datagrams.
 */
import { parseCommands, Refusal, runTool, wrong } from "./record/arguments.ts";
import { WatchServer } from "./watch/watch_server.ts";

const HELP =
  `Usage: deno task watch [--port PORT] [--limit SECONDS] [-- PROGRAM [ARGUMENT...]] [-- PROGRAM ...]

Opens a page on 127.0.0.1, on any free port unless --port names one. What runs there is
ended after --limit seconds (600). PROGRAM is a file for Deno or Python, or a whole
command: deno run --allow-net a.ts
`;

/** What is asked for; `null` if help is. */
function parse(args: string[]) {
  const options = { port: 0, limit: 600, own: "" };
  for (let i = 0; i < args.length; i += 2) {
    const [word = "", value = ""] = args.slice(i);
    if (word === "--help" || word === "-h") return null;
    if (word === "--") {
      const { programs = [] } = parseCommands(args.slice(i)) ?? {};
      options.own = programs.map(({ command }) => command.map(quoted).join(" "))
        .join("\n");
      break;
    }
    const n = value === "" ? NaN : Number(value);
    if (word === "--port" && Number.isInteger(n) && n >= 0 && n < 65_536) {
      options.port = n;
    } else if (word === "--limit" && n > 0) options.limit = n;
    else throw wrong(word, value);
  }
  return options;
}

/** A word as it is typed in a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) ? word : `'${word}'`;
}

function open(options: { port: number; limit: number; own: string }) {
  try {
    return new WatchServer({ ...options, cwd: Deno.cwd() });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new Refusal(
      `Port ${options.port} is in use; choose another one, or leave out --port`,
    );
  }
}

function main(args: string[]): void {
  const options = parse(args);
  if (options === null) return console.log("%s", HELP);
  const server = open(options);
  let isEnding = false;
  const end = async () => {
    // The programs end by themselves when this one is gone.
    if (isEnding) Deno.exit(130);
    isEnding = true;
    await server.close();
    Deno.exit(0);
  };
  const others = Deno.build.os === "windows" ? ["SIGBREAK"] : ["SIGTERM"];
  for (const signal of ["SIGINT", "SIGHUP", ...others]) {
    Deno.addSignalListener(signal as Deno.Signal, end);
  }
  console.log("Watch it run: %s until Ctrl-C", server.address);
}

if (import.meta.main) await runTool("watch.ts", Deno.args, main);
