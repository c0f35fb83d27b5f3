import { assertEquals, assertMatch } from "@std/assert";
import { deno } from "../../support/scripts.ts";
import { noSignals, testUnless } from "../../support/skip.ts";

const start = (...args: string[]) =>
  deno("tests/lib/cli/program.ts", args, { allow: ["write"] });

async function run(...args: string[]) {
  await using process = start(...args);
  const { code, stdout, stderr } = await process.ended();
  return { code, stdout, stderr };
}

Deno.test("run gives main its options and the places for its output", async () => {
  assertEquals(await run("greet", "--trace"), {
    code: 0,
    stdout: "Hello, %s 小明!\n\n\ufffd\n",
    stderr: "program.ts: a warning\na line\n",
  });
});

/** What ends a program: its steps, the exit status, and what standard error has. */
const ENDS: [steps: string, code: number, stderr: RegExp][] = [
  ["failure", 1, /^program\.ts: Cannot greet: who\?\n$/],
  ["busy failure", 1, /^program\.ts: Cannot greet: who\?\n$/],
  [
    "refused",
    1,
    /^program\.ts: Cannot listen on 127\.0\.0\.1:9999 over TCP: the port is in use; [^\n]*\n$/,
  ],
  // An error of a file has nothing to do with the attempt to listen.
  [
    "removed",
    1,
    /^program\.ts: [^\n.()]+: remove 'no-such-file'\n$/,
  ],
  ["full", 1, /^program\.ts: no space left on device\n$/],
  // A mistake of the program keeps its stack.
  ["mistake", 1, /TypeError: who is undefined[^]*\n +at /],
  ["--quiet", 2, /^program\.ts: Unknown option --quiet: [^\n]*\n$/],
  [
    "--max-time=0.1 wait interrupted",
    1,
    /^program\.ts: Cannot [^\n]*: not done within 0\.1 s \(--max-time\)\n$/,
  ],
];

for (const [steps, code, stderr] of ENDS) {
  Deno.test(`run ends ${steps} with status ${code} and says why`, async () => {
    const ended = await run(...steps.split(" "));
    assertEquals(ended.code, code, ended.stderr);
    assertMatch(ended.stderr, stderr);
  });
}

Deno.test("run prints the help instead of running main", async () => {
  const { code, stdout, stderr } = await run("--help", "mistake");
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertMatch(stdout, /^Usage: program\.ts .*\n[^]*this help and exit\n$/);
});

const RESETS = [
  "program.ts: Cannot talk to 127.0.0.1:50000 over TCP: the peer has reset the connection",
  "program.ts: Cannot talk to 127.0.0.1:50999 over TCP: the peer has reset the connection (and 998 more like it)",
];

Deno.test("run writes one of a thousand like errors, and counts the others", async () => {
  const { stderr } = await run("server", "errors");
  assertEquals(stderr, `${RESETS.join("\n")}\n`);
});

Deno.test("run writes what it has counted after a second, while the program goes on", async () => {
  await using process = start("server", "errors", "stay");
  for (const line of RESETS) await process.errorLine(line);
  process.kill("SIGKILL");
});

for (
  const [first, second] of [
    ["SIGINT", "SIGINT"],
    ["SIGTERM", "SIGTERM"],
    ["SIGTERM", "SIGINT"],
    ["SIGHUP", "SIGINT"],
  ] as const
) {
  testUnless(
    noSignals,
    `run aborts its signal with ${first}, and exits with 130 after ${second}`,
    async () => {
      await using process = start("wait", "stay");
      await process.line("ready");
      process.kill(first);
      await process.line(`Interrupted by ${first}`);
      if (first === "SIGHUP") {
        // It often comes twice, and does not end the program then.
        for (let i = 0; i < 3; i++) process.kill("SIGHUP");
        process.kill("SIGUSR1");
        await process.line("SIGUSR1 came after them");
      }
      process.kill(second);
      assertEquals((await process.ended()).code, 130);
    },
  );
}

testUnless(
  noSignals,
  "run leaves the signals to the system once main is done",
  async () => {
    await using process = start("busy");
    await process.line("run is done");
    process.kill("SIGTERM");
    assertEquals((await process.ended()).signal, "SIGTERM");
  },
);
