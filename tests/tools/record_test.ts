import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../../tools/docs/free_port.ts";
import {
  type Program,
  record,
  type RecordedEvent,
  toLines,
} from "../../tools/record/recorder.ts";
import { stepsOf } from "../../tools/record/steps.ts";
import { takeOf } from "../../tools/record/take_of.ts";
import { isSameScene } from "../../tools/record/scenes.ts";
import { Process, works } from "../support/process.ts";
import { ROOT } from "../support/scripts.ts";

const SAMPLES = "tests/tools/samples/recorded/";
const LIMIT = 20_000;
const LANGUAGES = ["ts", "py"] as const;
// Windows has no signal for Ctrl-C, which ends the servers here.
const noSignals = Deno.build.os === "windows";
const noPython = noSignals || !works("python3", "--version");

/** Records samples, each with its arguments; `FILE` is one that they share. */
async function recordSamples(
  commands: string[][],
  limit = LIMIT,
): Promise<RecordedEvent[]> {
  const file = await Deno.makeTempFile();
  try {
    const programs = commands.map(([name = "", ...args]): Program => ({
      name,
      command: [
        ...name.endsWith(".ts") ? ["deno", "run", "--allow-all"] : ["python3"],
        SAMPLES + name,
        ...args.map((arg) => arg === "FILE" ? file : arg),
      ],
    }));
    return await record(programs, { cwd: ROOT, limit });
  } finally {
    await Deno.remove(file);
  }
}

/** The calls of a take as words: what, where, how many bytes and which. */
function callsOf(events: RecordedEvent[], program: number): string[] {
  return takeOf(events, { root: ROOT }).calls
    .filter((call) => call.program === program)
    .map(({ op, line, n, data, isEnd, end }) =>
      [
        op,
        line,
        ...(n === undefined ? [] : [n, data]),
        ...(isEnd ? ["end"] : []),
        ...(end === undefined ? ["pending"] : []),
      ].join(" ")
    );
}

const SERVER = {
  ts: [
    "listen 6",
    "accept 8",
    "read 10 4 416e6e21",
    "sleep 11",
    "write 12 4 416e6e21",
    "close 13",
    "accept 8 pending",
  ],
  py: [
    "bind 17",
    "listen 18",
    "accept 22",
    "thread 23",
    "accept 22 pending",
    "recv 11 4 416e6e21",
    "sleep 12",
    "sendall 13 4 416e6e21",
    "close 10",
  ],
};

const CLIENT = {
  ts: [
    "connect 2",
    "write 3 4 416e6e21",
    "closeWrite 4",
    "read 5 4 416e6e21",
    "read 5 end",
    "close 5",
  ],
  py: [
    "connect 5",
    "sendall 6 4 416e6e21",
    "shutdown 7",
    "recv 8 4 416e6e21",
    "recv 8 end",
    "close 5",
  ],
};

for (const language of LANGUAGES) {
  Deno.test({
    name: `a recording has each call with its line and bytes: ${language}`,
    ignore: language === "py" ? noPython : noSignals,
    async fn() {
      const events = await recordSamples([
        [`server.${language}`, "FILE"],
        [`client.${language}`, "FILE"],
      ]);
      // Two threads may take turns in another order.
      assertEquals(callsOf(events, 0).sort(), SERVER[language].toSorted());
      assertEquals(callsOf(events, 1), CLIENT[language]);

      const take = takeOf(events, { root: ROOT });
      assertEquals(take.links.map(({ programs }) => programs), [[1, 0]]);
      const [server, client] = take.programs;
      assert(server !== undefined && client !== undefined);
      assertEquals([server.isStopped, client.isStopped], [true, undefined]);
      assertEquals(server.file, `${SAMPLES}server.${language}`);
      const sleep = take.calls.find(({ op }) => op === "sleep");
      assertEquals(sleep?.ms, 100);
      assert(sleep?.end! - sleep?.begin! >= 99);
    },
  });

  Deno.test({
    name: `a step shows where the others wait, and what is unread: ${language}`,
    ignore: language === "py" ? noPython : noSignals,
    async fn() {
      const events = await recordSamples([
        [`server.${language}`, "FILE"],
        [`client.${language}`, "FILE"],
      ]);
      const take = takeOf(events, { root: ROOT });
      const steps = stepsOf(take);
      const sent = steps.find(({ call, program }) =>
        program === 1 && call?.n === 4
      );
      assertEquals(sent?.buffers[0]?.[0], [{ n: 4, data: "416e6e21" }]);
      const slept = steps.find(({ call }) => call?.op === "sleep");
      const [read] = slept?.waits[1] ?? [];
      assertMatch(read?.op ?? "", /^re(?:ad|cv)$/);
      assertEquals([read?.line, read?.isWaiting], [
        language === "ts" ? 5 : 8,
        true,
      ]);
      const last = steps.at(-1);
      assertEquals(last?.ended, [true, true]);
      assertEquals(last?.buffers, [[[], []]]);
      assertEquals(last?.waits, [[], []]);
    },
  });

  Deno.test({
    name: `a program that crashes leaves its calls and its error: ${language}`,
    ignore: language === "py" ? noPython : noSignals,
    async fn() {
      const events = await recordSamples([[
        `crash.${language}`,
        String(freePort()),
      ]]);
      const take = takeOf(events, { root: ROOT });
      assertEquals(
        take.calls.map(({ op, line }) => [op, line]),
        [[
          "connect",
          language === "ts" ? 2 : 4,
        ]].concat(language === "py" ? [["close", 4]] : []),
      );
      assertMatch(take.calls[0]?.error ?? "", /^ConnectionRefused/);
      assertEquals(take.programs[0]?.status, 1);
      assertMatch(take.programs[0]?.error ?? "", /ConnectionRefused/);
    },
  });
}

Deno.test("a program that never ends is ended at the limit", {
  ignore: noSignals,
}, async () => {
  const start = Date.now();
  const events = await recordSamples([["endless.ts"]], 1_000);
  assert(Date.now() - start < 10_000);
  const exit = events.at(-1);
  assertEquals([exit?.e, exit?.stopped], ["exit", true]);
});

Deno.test("datagrams are recorded with their bytes", async () => {
  const events = await recordSamples([["udp.ts"]]);
  assertEquals(callsOf(events, 0), [
    "bind 2",
    "bind 3",
    "send 4 2 0102",
    "receive 5 2 0102",
    "close 6",
    "close 7",
  ]);
});

Deno.test("two recordings differ in their times alone", {
  ignore: noSignals,
}, async () => {
  const scenes = [];
  for (let i = 0; i < 2; i++) {
    const events = await recordSamples([
      ["server.ts", "FILE"],
      ["client.ts", "FILE"],
    ]);
    const take = takeOf(events, { root: ROOT });
    const port = take.links[0]?.ports[1] ?? 0;
    scenes.push({
      version: 1,
      takes: {
        deno: takeOf(events, { root: ROOT, ports: new Map([[port, 9999]]) }),
      },
    });
  }
  const [a, b] = scenes;
  assert(a !== undefined && b !== undefined);
  // The server's port is an ephemeral one here, and shown as the first of them.
  assertEquals(a.takes.deno.programs.length, 2);
  assert(isSameScene(a, b));
  b.takes.deno.calls[3]!.line++;
  assert(!isSameScene(a, b));
});

Deno.test("deno task record prints JSON lines with a version", async () => {
  await using process = Process.start(Deno.execPath(), [
    "task",
    "--quiet",
    "record",
    "--limit",
    "10",
    "--",
    `${SAMPLES}udp.ts`,
  ], { cwd: ROOT });
  const { code, stdout } = await process.ended();
  assertEquals(code, 0);
  const [head, start, ...rest] = stdout.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(head, { version: 1 });
  assertEquals(start.e, "start");
  assertEquals(rest.at(-1).e, "exit");
  assertEquals(toLines([start]), `{"version":1}\n${JSON.stringify(start)}\n`);
});

Deno.test("deno task play serves what it has recorded, and what was kept", async () => {
  const file = await Deno.makeTempFile();
  try {
    const programs = [{ name: "both", command: [`${SAMPLES}udp.ts`] }];
    const events = await record(programs, { cwd: ROOT, limit: LIMIT });
    await Deno.writeTextFile(file, toLines(events));
    for (const args of [[file], ["--", `${SAMPLES}udp.ts`]]) {
      await using process = Process.start(Deno.execPath(), [
        "task",
        "--quiet",
        "play",
        ...args,
      ], { cwd: ROOT });
      const line = await process.line(/^Step by step: /);
      const address = /http:\S+/.exec(line)?.[0] ?? "";
      const page = await (await fetch(address)).text();
      for (const [, path] of page.matchAll(/ (?:src|href)="(\/\w[^"]+\w)"/g)) {
        const response = await fetch(new URL(path!, address));
        await response.body?.cancel();
        assertEquals([path, response.status], [path, 200]);
      }
      const scene = await (await fetch(new URL("/scene.json", address))).json();
      assertEquals(
        scene.takes.deno.calls.map(({ op }: { op: string }) => op),
        ["bind", "bind", "send", "receive", "close", "close"],
      );
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("deno task record says what is wrong with its arguments", async () => {
  for (
    const [args, message] of [
      [["--speed", "2"], "Unknown argument: --speed; see --help"],
      [[], "Which program? See --help"],
      [
        ["--", "node", "a.js"],
        "Cannot record node: only programs for deno run and python3",
      ],
    ] as const
  ) {
    await using process = Process.start(Deno.execPath(), [
      "task",
      "--quiet",
      "record",
      ...args,
    ], { cwd: ROOT });
    const { code, stderr } = await process.ended();
    assertEquals([code, stderr.trimEnd()], [2, `record.ts: ${message}`]);
  }
});
