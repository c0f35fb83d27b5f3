/** Standard output and standard error of the scripts in places that take nothing. */

import { assert, assertEquals } from "@std/assert";
import { fault, size, type Tally } from "../support/fault.ts";
import { readToEnd } from "../support/loopback_connection.ts";
import { isServed, repeat } from "../support/tcp_peers.ts";
import { type Ended, Process, run } from "../support/process.ts";
import { python } from "../support/python.ts";
import { boundPort, ROOT } from "../support/scripts.ts";
import { inTempDir } from "../support/temp_dir.ts";
import { UdpPeer } from "../support/udp_peers.ts";
import { noProc, portOf, residentMemory } from "../support/linux_proc.ts";
import { encode } from "../support/bytes.ts";
import { noTerminal } from "../support/skip.ts";

const noDevFull = Deno.build.os !== "linux" && "no /dev/full";

/** A server, and how to serve clients of it. */
interface Service {
  transport: "tcp" | "udp";
  script: string;
  args: string[];
  /** How many lines it writes for a client. */
  lines: number;
  /** Has this many clients come and be served, each with an answer to check. */
  serve(port: number, clients: number, tally: Tally): Promise<void>;
}

const TCP: Service = {
  transport: "tcp",
  script: "tcp_server.ts",
  args: ["--delay=0"],
  lines: 2,
  serve: (port, clients, tally) =>
    repeat(clients, 50, () => tally.count(isServed(port))),
};

const UDP: Service = {
  transport: "udp",
  script: "udp_server.ts",
  args: [],
  lines: 1,
  async serve(port, clients, tally) {
    const each = clients / 10;
    await repeat(10, 10, async () => {
      using peer = new UdpPeer(port);
      for (let i = 0; i < each; i++) {
        await tally.count(peer.isGreeted(encode(`name ${i}`)));
      }
    });
  },
};

/** The words that start a script. */
function words(script: string, ...args: string[]): string[] {
  const flags = ["--quiet", "--no-prompt", "--allow-net=127.0.0.1"];
  return [Deno.execPath(), "run", ...flags, script, ...args];
}

const OPTIONS = { cwd: ROOT, env: { NO_COLOR: "1" } };

/** Starts a program with its streams redirected by the shell, `$1` being a path. */
function redirected(
  redirection: string,
  command: string[],
  path = "",
): Process {
  const script = `path=$1; shift; exec "$@" ${redirection}`;
  return Process.start("sh", ["-c", script, "sh", path, ...command], OPTIONS);
}

/** Sends SIGTERM, waits for the end, and checks that it is a good one. */
async function stopped(process: Process): Promise<Ended> {
  process.kill("SIGTERM");
  const ended = await process.ended();
  assertEquals(ended.code, 0, ended.stderr);
  return ended;
}

/** How many lines were not written, by the note that says so. */
function lostLines(stderr: string, reason: string): number {
  const [, count = "NaN"] = new RegExp(
    `^\\w+\\.ts: ([\\d,]+) lines? (?:was|were) not written to standard output: ${reason}$`,
    "m",
  ).exec(stderr) ?? [];
  return Number(count.replaceAll(",", ""));
}

const NOT_READ = "its reader does not read, .*";
const NO_SPACE = "no space left on device";

/** Gives a path to a named pipe that is open, so that opening it does not wait. */
function withPipe(
  body: (path: string, pipe: Deno.FsFile) => Promise<void>,
): Promise<void> {
  return inTempDir(async (dir) => {
    const path = `${dir}/pipe`;
    await run("mkfifo", [path]);
    using pipe = await Deno.open(path, { read: true, write: true });
    await body(path, pipe);
  });
}

for (const service of [TCP, UDP]) {
  const { transport, script: target, args, lines, serve } = service;
  const command = words(target, "--port=0", ...args);

  fault({
    target,
    fault: "a log on a full device, with its errors too",
    skip: noDevFull,
    async fn(tally) {
      const clients = size(100, 1_000);
      for (const redirection of ["> /dev/full", "> /dev/full 2>&1"]) {
        await using server = redirected(redirection, command);
        await serve(await portOf(server.pid, transport), clients, tally);
        const { stderr } = await stopped(server);
        if (redirection === "> /dev/full 2>&1") continue;
        const lost = lostLines(stderr, NO_SPACE);
        assertEquals(lost, 1 + clients * lines, stderr);
      }
    },
  });

  fault({
    target,
    fault: "a log in a pipe that is not read for a long time",
    skip: noProc,
    fn: (tally) =>
      withPipe(async (path, pipe) => {
        // More lines than the pipe and the server keep.
        const clients = size(11_000, 50_000) / lines;
        await using server = redirected('> "$path"', command, path);
        const port = await portOf(server.pid, transport);
        await serve(port, 200, tally);
        const memory = residentMemory(server.pid);
        await serve(port, clients, tally);
        const grown = residentMemory(server.pid) - memory;
        assert(grown < 100_000_000, `Memory grew by ${grown}`);
        using reader = await Deno.open(path);
        pipe.close();
        const log = readToEnd(reader);
        const note = await server.errorLine(/not written to standard output/);
        await stopped(server);
        const written = (await log).trimEnd().split("\n").length;
        assertEquals(
          written + lostLines(note, NOT_READ),
          1 + (200 + clients) * lines,
        );
      }),
  });
}

const command = words(TCP.script, "--port=0", ...TCP.args);

fault({
  target: TCP.script,
  fault: "a terminal that is gone, with its errors too",
  skip: noTerminal,
  async fn(tally) {
    const clients = size(100, 1_000);
    for (const mode of ["go", "go-all"]) {
      const args = ["tests/support/terminal.py", mode, ...command];
      await using server = Process.start(python ?? "", args, OPTIONS);
      const port = await boundPort(server);
      await server.line("The terminal is gone");
      await TCP.serve(port, clients, tally);
      const { stderr } = await stopped(server);
      if (mode === "go-all") continue;
      const reason = "the terminal is gone, or the device has failed";
      assertEquals(lostLines(stderr, reason), clients * TCP.lines, stderr);
    }
  },
});
