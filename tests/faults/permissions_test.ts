import { assert, assertEquals } from "@std/assert";
import { type Ended, Process } from "../support/process.ts";
import { boundPort, deno, ROOT, startServer } from "../support/scripts.ts";
import { counted, fault } from "../support/fault.ts";
import { hello, WELCOME_TEXT } from "../support/wire.ts";

const PAGE = "<h1>A page</h1>\n";

/** All permissions of Deno. */
const ALL = ["net", "read", "write", "env", "run", "sys", "ffi", "import"];

/** For each permission its list of names. */
type Permissions = Map<string, string[]>;

/** A `deno run` line of the README. */
interface RunLine {
  permissions: Permissions;
  script: string;
  args: string[];
}

function runLines(markdown: string): RunLine[] {
  const blocks = markdown.matchAll(/^```sh\n(.*?)^```$/gms);
  return Array.from(blocks, ([, text = ""]) => text.trimEnd().split("\n"))
    .flat()
    .filter((line) => line.startsWith("deno run "))
    .map((line) => {
      // The redirection of standard error is for the shell.
      const words = line.replace(/ 2> .*/, "").replaceAll('"', "").split(" ")
        .slice(2);
      const at = words.findIndex((word) => word.endsWith(".ts"));
      const [script = "", ...args] = words.slice(at);
      const permissions = words.slice(0, at).map((word) => {
        const [, name, list] = /^--allow-([a-z]+)=(\S+)$/.exec(word) ?? [];
        assert(name !== undefined && list !== undefined, line);
        return [name, list.split(",")] as const;
      });
      return { permissions: new Map(permissions), script, args };
    });
}

/** Flags that allow these permissions, and deny all others. */
function flagsOf(permissions: Permissions): string[] {
  return ALL.map((name) => {
    const list = permissions.get(name) ?? [];
    return list.length > 0
      ? `--allow-${name}=${list.join()}`
      : `--deny-${name}`;
  });
}

/**
 * Replaces the README's example ports and hosts by those of this test, and the
 * project's directory by its path: here the current directory is a temporary one.
 */
function replacePort(words: string[], port: number): string[] {
  return words.map((word) =>
    word.replace(":9999", `:${port}`)
      .replace(/(?<=^|=)\.$/, ROOT.pathname)
      .replace("example.com:80", `127.0.0.1:${port}`)
      .replace("example.com", `127.0.0.1:${port}`)
  );
}

/**
 * Runs a line until the program has ended; a server that has started answers its
 * client and is then told to stop.
 */
async function run(
  { permissions, script, args }: RunLine,
  port: number,
): Promise<Ended & { files: string[] }> {
  const isPage = args.includes("--get");
  const dir = await Deno.makeTempDir();
  try {
    await using process = Process.start(Deno.execPath(), [
      "run",
      "--no-prompt",
      ...replacePort(flagsOf(permissions), port),
      new URL(script, ROOT).href,
      ...replacePort(args, port),
      ...(isPage ? [] : [`--port=${port}`]),
      ...(script === "tcp_server.ts" ? ["--delay=0"] : []),
    ], { cwd: dir, env: { NO_COLOR: "1" } });
    if (isServer(script)) await visit(script, process);
    const ended = await process.ended();
    const files = Array.from(Deno.readDirSync(dir), ({ name }) => name);
    return { ...ended, files };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const isServer = (script: string) => script.endsWith("_server.ts");

async function visit(script: string, server: Process): Promise<void> {
  let port: number;
  try {
    port = await boundPort(server);
  } catch {
    return; // It may not listen; the caller checks how it ended.
  }
  await using client = deno(script.replace("_server", "_client"), [
    `--port=${port}`,
    "Sarah",
  ]);
  const { code, stderr } = await client.ended();
  assertEquals(code, 0, stderr);
  server.kill("SIGTERM");
}

/** Each way to leave out one entry, and the entry. */
function* oneLess(
  permissions: Permissions,
): Generator<{ permissions: Permissions; name: string; entry: string }> {
  for (const [name, list] of permissions) {
    for (const entry of list) {
      const rest = list.filter((other) => other !== entry);
      yield {
        permissions: new Map([...permissions, [name, rest]]),
        name,
        entry,
      };
    }
  }
}

/** The other side of the program: the other script, or a web server. */
async function counterpart(
  { script, args }: RunLine,
): Promise<AsyncDisposable & { port: number }> {
  if (isServer(script)) {
    // A server takes any free port, and its client comes when it has.
    return { port: 0, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  if (args.includes("--get")) {
    const web = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response(PAGE),
    );
    return {
      port: web.addr.port,
      [Symbol.asyncDispose]: () => web.shutdown(),
    };
  }
  const delay = script.startsWith("tcp") ? ["--delay=0"] : [];
  return await startServer(script.replace("_client", "_server"), delay);
}

for (
  const line of runLines(Deno.readTextFileSync(new URL("README.md", ROOT)))
) {
  const { script, args, permissions } = line;
  const typed = [script, ...args].join(" ");

  fault({
    target: script,
    fault: `exactly README.md's permissions, and each missing: ${typed}`,
    skip: Deno.build.os === "windows"
      ? "no SIGTERM"
      : Deno.build.os !== "linux" && args.includes("--reuse-port") &&
        "ports are shared on Linux alone",
    async fn(tally) {
      await using other = await counterpart(line);
      await counted(tally, async () => {
        const { code, stdout, stderr, files } = await run(line, other.port);
        assertEquals(code, 0, stderr);
        const begins = ["Bind ", WELCOME_TEXT, "HTTP/1.1 200 OK\n"];
        const isGreeting = stdout.startsWith(hello(args[0] ?? ""));
        assert(
          isGreeting || begins.some((text) => stdout.startsWith(text)),
          stdout,
        );
        if (!args.includes("--trace")) assertEquals(stderr, "");
        assertEquals(files, args.includes("--output") ? ["page.html"] : []);
      });
      for (const less of oneLess(permissions)) {
        await counted(tally, async () => {
          const { code, stdout, stderr, files } = await run(
            { ...line, permissions: less.permissions },
            other.port,
          );
          assertEquals({ code, stdout, files }, {
            code: 1,
            stdout: "",
            files: [],
          });
          // The error names the directory as `.`, as in the README.
          const [entry = ""] = less.entry === "."
            ? [less.entry]
            : replacePort([less.entry], other.port);
          const [, list = ""] = new RegExp(
            `^${script}: [^\\n]* grant [^\\n]*--allow-${less.name}=([^\\s"]+)[^\\n]*\\n$`,
          )
            .exec(withoutTrace(stderr)) ?? [];
          assert(list.split(",").includes(entry), `${entry}: ${stderr}`);
        });
      }
    },
  });
}

/** Standard error without the lines of `--trace`. */
function withoutTrace(stderr: string): string {
  return stderr.replace(/^(\d+\.\d+ | {6}).*\n/gm, "");
}
