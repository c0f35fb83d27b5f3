/** Where the two streams of a program may lead, and what it then does. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { readToEnd } from "../../support/loopback_connection.ts";
import { Process, run } from "../../support/process.ts";
import { python } from "../../support/python.ts";
import { ROOT } from "../../support/scripts.ts";
import {
  noLinux,
  noTerminal,
  noUnix,
  type Reason,
  testUnless,
} from "../../support/skip.ts";
import { inTempDir } from "../../support/temp_dir.ts";

const OPTIONS = { cwd: ROOT, env: { NO_COLOR: "1" } };

/** Starts the program with its streams redirected by the shell. */
function start(redirection: string, ...steps: string[]): Process {
  const script = `exec "$@" ${redirection}`;
  const args = ["-c", script, "bash", ...words(...steps)];
  return Process.start("bash", args, OPTIONS);
}

function words(...steps: string[]): string[] {
  return [
    ...[Deno.execPath(), "run", "--quiet", "--no-prompt"],
    ...["tests/lib/cli/program.ts", ...steps],
  ];
}

function test(
  name: string,
  fn: () => Promise<void>,
  reason: Reason = noUnix,
): void {
  testUnless(reason, name, fn);
}

/** Gives the program a named pipe, which is open and not read, as an output. */
function withPipe(
  redirection: string,
  steps: string[],
  body: (process: Process, read: () => Promise<string>) => Promise<void>,
): Promise<void> {
  return inTempDir(async (dir) => {
    const path = `${dir}/pipe`;
    await run("mkfifo", [path]);
    // Open at both ends, so that opening it does not wait.
    const pipe = await Deno.open(path, { read: true, write: true });
    try {
      await using process = start(`${redirection} "${path}"`, ...steps);
      await body(process, async () => {
        using reader = await Deno.open(path);
        pipe.close();
        return await readToEnd(reader);
      });
    } finally {
      pipe[Symbol.dispose]();
    }
  });
}

const numbers = (text: string) =>
  Array.from(text.matchAll(/(\d+)\n/g), ([, n]) => Number(n));

test("lines and bytes keep their order, across both streams too", async () => {
  await using process = start("2>&1", "mix");
  const { code, stdout } = await process.ended();
  assertEquals(code, 0);
  assertEquals(numbers(stdout), Array.from({ length: 3_000 }, (_, n) => n));
});

test("a result waits for a slow reader", () =>
  withPipe(">", ["lines"], async (process, read) => {
    await process.errorLine("program.ts: printed");
    assertEquals((await read()).match(/^line \d+ x{200}$/gm)?.length, 5_000);
    const { code, stderr } = await process.ended();
    assertEquals({ code, stderr }, {
      code: 0,
      stderr: "program.ts: printed\n",
    });
  }));

const NOT_READ = "its reader does not read, or not fast enough";

test("a result that is not read is given up after Ctrl-C", () =>
  withPipe(">", ["lines"], async (process) => {
    await process.errorLine("program.ts: printed");
    process.kill("SIGINT");
    const { code, stderr } = await process.ended();
    assertEquals({ code, stderr }, {
      code: 1,
      stderr:
        `program.ts: printed\nprogram.ts: Cannot write to standard output: ${NOT_READ}\n`,
    });
  }));

test("a result is good, even if the errors of the program are not read", () =>
  withPipe("2>", ["warnings", "lines"], async (process) => {
    await process.line(/^line 5000 /);
    process.kill("SIGINT");
    assertEquals((await process.ended()).code, 0);
  }));

test("a write that waits for its reader ends with the signal, and with --max-time", async () => {
  for (const steps of [["--max-time=0.5", "bytes"], ["bytes"]]) {
    await withPipe(">", ["greet", ...steps], async (process) => {
      await process.errorLine("program.ts: a warning");
      if (steps.length === 1) process.kill("SIGINT");
      const { code, stderr } = await process.ended();
      assertEquals(code, 1, stderr);
      assertMatch(stderr, /: Interrupted by SIGINT\n|: not done within 0.5 s/);
    });
  }
});

const CANNOT = "Cannot write to standard output: ";
const FULL = "no space left on device\n";
const LINES = "5,000 lines were not written to standard output: ";

/** Steps, a redirection, the status, standard output and standard error. */
const ENDS: [string, string, number, string, string][] = [
  ["greet", "> /dev/full", 1, "", `a warning\n${CANNOT}${FULL}`],
  ["greet", "2> /dev/full", 0, "Hello, %s 小明!\n\n\ufffd\n", ""],
  ["--help", "> /dev/full", 1, "", `${CANNOT}${FULL}`],
  ["failure", "2> /dev/full", 1, "", ""],
  ["--wrong", "2> /dev/full", 2, "", ""],
  ["lines", "> >(exec true)", 0, "", "printed\n"],
  [
    "bytes",
    "> >(exec true)",
    1,
    "",
    `${CANNOT}the program that reads it has ended\n`,
  ],
  ["server lines", "> /dev/full", 0, "", `printed\n${LINES}${FULL}`],
];

for (const [steps, redirection, code, stdout, stderr] of ENDS) {
  test(
    `${steps} with ${redirection} ends with status ${code}`,
    async () => {
      await using process = start(redirection, ...steps.split(" "));
      const ended = await process.ended();
      const said = ended.stderr.replaceAll("program.ts: ", "");
      assertEquals([ended.code, ended.stdout, said], [code, stdout, stderr]);
    },
    noLinux,
  );
}

const LOST = new RegExp(
  `program\\.ts: ([\\d,]+) lines were not written to standard output: ${NOT_READ}$`,
  "m",
);

test("a server whose log is not read ends without a signal, and counts what is lost", () =>
  withPipe(">", ["server", "lines"], async (process, read) => {
    process.limit = 20_000;
    const { code, stderr } = await process.ended();
    assertEquals(code, 0, stderr);
    const lost = Number(LOST.exec(stderr)?.[1]?.replaceAll(",", ""));
    const written = (await read()).match(/^line \d+ x{200}$/gm)?.length ?? 0;
    assert(written > 0);
    // Of the write under way the pipe may have taken some lines, 4,096 bytes at most.
    const missing = 5_000 - written;
    assert(lost >= missing && lost - missing <= 20, `${lost}, not ${missing}`);
  }));

test("a server whose streams are both not read ends without a signal", () =>
  withPipe("2>&1 >", ["server", "lines"], async (process) => {
    process.limit = 20_000;
    assertEquals((await process.ended()).code, 0);
  }));

/** Starts the program on a terminal. */
function onTerminal(mode: string, ...steps: string[]): Process {
  const args = ["tests/support/terminal.py", mode, ...words(...steps)];
  return Process.start(python ?? "", args, OPTIONS);
}

test(
  "a terminal after Ctrl-S stops neither the program nor SIGTERM",
  async () => {
    await using process = onTerminal("stop", "server", "tick");
    await process.line("The terminal is stopped");
    for (let i = 0; i < 10; i++) await process.errorLine("program.ts: alive");
    process.kill("SIGTERM");
    const { code, stderr } = await process.ended();
    assertEquals(code, 0);
    assertMatch(stderr, LOST);
  },
  noTerminal,
);

test(
  "a terminal gets control characters spelled out, and characters whole",
  async () => {
    await using process = onTerminal("show", "pieces");
    const { code, stdout } = await process.ended();
    const lines = "Grüße, 小明! 🎉\r\n\ta\\x1b[2J\\x07\\x0db\\u{202e}\\xff\n";
    // Half a character at the end is shown as bytes.
    assertEquals(stdout, `${lines.repeat(5)}a\\xe5\\xb0`);
    assertEquals(code, 0);
  },
  noTerminal,
);

test("a pipe gets the bytes as they are", async () => {
  await using process = start("", "pieces");
  const { stdoutBytes } = await process.ended();
  assertEquals([...stdoutBytes.slice(-4)], [0x0a, 0x61, 0xe5, 0xb0]);
  assertEquals(stdoutBytes.indexOf(0x1b) > 0, true);
});
