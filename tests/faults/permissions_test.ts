import { assert, assertEquals, assertMatch } from "@std/assert";
import { counted, fault } from "../support/fault.ts";
import type { Ended } from "../support/process.ts";
import { boundPort, deno, ROOT, startServer } from "../support/scripts.ts";
import { hello, WELCOME_TEXT } from "../support/bytes.ts";
import { noSignals } from "../support/skip.ts";

/** What a run may do: the entries of `--allow-net`, or each of two lists. */
type Entry = [permission: string, entry: string];

/** Runs a script that has exactly these permissions, each list in one flag. */
async function run(
  script: string,
  entries: Entry[],
  args: string[],
): Promise<Ended> {
  const lists = Map.groupBy(entries, ([permission]) => permission);
  const allow = Array.from(lists, ([permission, list]) => (
    `${permission}=${list.map(([, entry]) => entry).join()}`
  ));
  await using process = deno(script, args, { allow });
  if (script.endsWith("_server.ts")) await visit(script, process);
  return await process.ended();
}

/** Lets a client talk to a server, and ends it; one that does not listen has ended. */
async function visit(script: string, server: ReturnType<typeof deno>) {
  const port = await boundPort(server).catch(() => null);
  if (port === null) return;
  const client = script.replace("_server", "_client");
  await using process = deno(client, [`--port=${port}`, "Sarah"]);
  const { code, stderr } = await process.ended();
  assertEquals(code, 0, stderr);
  server.kill("SIGTERM");
}

/** The other side of a client, on any free port; a server needs none. */
async function counterpart(
  script: string,
  args: string[],
): Promise<AsyncDisposable & { port: number }> {
  if (script.endsWith("_server.ts")) {
    return { port: 0, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  if (!args.includes("--get")) {
    const delay = script.startsWith("tcp") ? ["--delay=0"] : [];
    return await startServer(script.replace("_client", "_server"), delay);
  }
  const where = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  const web = Deno.serve(where, () => new Response("<h1>A page</h1>\n"));
  const { addr: { port } } = web;
  return { port, [Symbol.asyncDispose]: () => web.shutdown() };
}

/** What each script prints first, or the client of a web server. */
const BEGINS = ["Bind ", WELCOME_TEXT, hello("Michael"), "HTTP/1.1 200 OK\n"];

/** Registers a run that needs each of these permissions and no others. */
function needs(script: string, entries: Entry[], args: string[]): void {
  fault({
    target: script,
    fault: `exactly the permissions of its run line, and each missing: ${args}`,
    skip: noSignals,
    async fn(tally) {
      await using other = await counterpart(script, args);
      // The ports and hosts of this test in place of the example's.
      const here = (word: string) =>
        word.replace(/:9999$/, `:${other.port}`)
          .replace("example.com:80", `127.0.0.1:${other.port}`)
          .replace("example.com", `127.0.0.1:${other.port}`);
      const all = entries.map(([name, entry]): Entry => [name, here(entry)]);
      const port = args.includes("--get") ? [] : [`--port=${other.port}`];
      const typed = [...args.map(here), ...port];
      await counted(tally, async () => {
        const { code, stdout, stderr } = await run(script, all, typed);
        assertEquals({ code, stderr }, { code: 0, stderr: "" });
        assert(BEGINS.some((text) => stdout.startsWith(text)), stdout);
      });
      for (const [name, entry] of all) {
        await counted(tally, async () => {
          const less = all.filter((other) => other[1] !== entry);
          const { code, stdout, stderr } = await run(script, less, typed);
          assertEquals({ code, stdout }, { code: 1, stdout: "" });
          assertMatch(stderr, new RegExp(`^${script}: [^\n]* grant [^\n]*\n$`));
          // In a shell's quotes where the list has a comma.
          const [, list = ""] = new RegExp(`--allow-${name}=([^\\s"]+)`)
            .exec(stderr) ?? [];
          assert(list.split(",").includes(entry), `${entry}: ${stderr}`);
        });
      }
    },
  });
}

const README = Deno.readTextFileSync(new URL("README.md", ROOT));
const LINE = /^deno run "?--allow-net=(\S+?)"? ((?:tcp|udp)_\w+\.ts)(.*)$/gm;

const LINES = [...README.matchAll(LINE)];
assert(LINES.length >= 5, "A line for each script, and one for --get");

for (const [, list = "", script = "", rest = ""] of LINES) {
  const entries = list.split(",").map((entry): Entry => ["net", entry]);
  needs(script, entries, rest.split(" ").slice(1));
}
