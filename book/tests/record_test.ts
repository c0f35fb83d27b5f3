import { assert, assertEquals, assertMatch } from "@std/assert";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { folderOf, type PageFile, pagesIn } from "../tools/docs/pages.ts";
import { isRunning, startTask, until } from "./processes.ts";
import { waitsOf } from "./shown.ts";
import { freePort, ROOT, works } from "./support.ts";
import {
  type Program,
  record,
  type RecordedEvent,
  Recorder,
  type RecordOptions,
  toLines,
} from "../tools/record/recorder.ts";
import type { Recording } from "../tools/record/recording.ts";
import { reasonToRecord, RECORDINGS } from "../tools/record/recordings.ts";
import { stepsOf } from "../tools/record/steps.ts";
import { runOf } from "../tools/record/run_of.ts";

const SAMPLES = "book/tests/samples/recorded/";
const LIMIT = 20_000;
const LANGUAGES = ["ts", "py"] as const;
// Windows has no signal for Ctrl-C, which ends the servers here.
const noSignals = Deno.build.os === "windows";
const noPython = noSignals || !works("python3", "--version");

/** Records samples, each with its arguments; `FILE` is one that they share. */
async function recordSamples(
  commands: string[][],
  options: Partial<RecordOptions> = {},
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
    return await record(programs, { cwd: ROOT, limit: LIMIT, ...options });
  } finally {
    await Deno.remove(file);
  }
}

/** The calls of a run as words: what, where, how many bytes and which. */
function callsOf(events: RecordedEvent[], program: number): string[] {
  return runOf(events, { root: ROOT }).calls
    .filter((call) => call.program === program)
    // What Python prints about Ctrl-C.
    .filter(({ op, line }) => op !== "print" || line !== 0)
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

      const run = runOf(events, { root: ROOT });
      assertEquals(run.links.map(({ programs }) => programs), [[1, 0]]);
      const [server, client] = run.programs;
      assert(server !== undefined && client !== undefined);
      assert((server.interrupted ?? Infinity) <= (server.end ?? 0));
      assertEquals(client.interrupted, undefined);
      assertEquals(server.file, `${SAMPLES}server.${language}`);
      const sleep = run.calls.find(({ op }) => op === "sleep");
      assertEquals(sleep?.ms, 100);
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
      const run = runOf(events, { root: ROOT });
      assertEquals(
        run.calls.map(({ op, line }) => [op, line]),
        language === "ts"
          ? [["connect", 2], ["print", 0]]
          : [["connect", 4], ["close", 4], ["print", 0]],
      );
      assertMatch(run.calls[0]?.error ?? "", /^ConnectionRefused/);
      assertEquals(run.programs[0]?.status, 1);
      assertMatch(run.programs[0]?.error ?? "", /ConnectionRefused/);
    },
  });
}

Deno.test("a timer that limits a call is no pause, and one cut short is", () => {
  const file = new URL(`${SAMPLES}server.ts`, ROOT).href;
  const begin = (call: number, t: number, line: number, op: string) => ({
    ...{ p: 0, e: "begin" as const, t, call, op, file, line, task: 1 },
    ...(op === "sleep" ? { ms: 1000 } : {}),
  });
  const end = (call: number, t: number, fields = {}) => ({
    ...{ p: 0, e: "end" as const, t, call, ...fields },
  });
  const run = runOf([
    {
      ...{ p: 0, e: "start", t: 0, name: "server", command: ["server.ts"] },
      file: fileURLToPath(file),
    },
    begin(1, 1, 10, "sleep"),
    begin(2, 1, 10, "closeWrite"),
    end(2, 2),
    end(1, 2, { cleared: true }),
    begin(3, 3, 11, "sleep"),
    end(3, 4, { cleared: true }),
  ], { root: ROOT });
  assertEquals(run.calls.map(({ op, line }) => `${op} ${line}`), [
    "closeWrite 10",
    "sleep 11",
  ]);
});

Deno.test("the server gets Ctrl-C when it begins a call that was named", {
  ignore: noSignals,
}, async () => {
  const events = await recordSamples(
    [["server.ts", "FILE"], ["client.ts", "FILE"]],
    { interruptIn: "sleep" },
  );
  const ofServer = events.filter(({ p, e }) =>
    p === 0 && ["interrupt", "exit"].includes(e)
  );
  assertEquals(ofServer.map(({ e }) => e), ["interrupt", "exit"]);
  assertEquals(ofServer[1]?.status, 130);
  const [interrupt] = ofServer;
  const sleep = events.findIndex(({ op }) => op === "sleep");
  assert(interrupt !== undefined && sleep !== -1);
  assert(sleep < events.indexOf(interrupt));
});

Deno.test("a recording ends at the limit, and when it is told to", {
  ignore: noSignals,
}, async () => {
  const stop = new AbortController();
  const told = { signal: stop.signal, onPrint: () => stop.abort() };
  for (const options of [{ limit: 1_000 }, told]) {
    // When it is told, the second program has not started, and does not start then.
    const samples = [["endless.ts"], ...options === told ? [["udp.ts"]] : []];
    const events = await recordSamples(samples, options);
    // What it prints may come in between, as it goes on until the signal has come.
    const ends = /^(start|interrupt|exit)$/;
    const named = events.map(({ e }) => e).filter((e) => ends.test(e));
    assertEquals(named, ["start", "interrupt", "exit"]);
  }
});

Deno.test("a recorder tells what happens while the programs run", {
  ignore: noSignals,
}, async () => {
  const typed = Promise.withResolvers<string>();
  await using recorder = new Recorder({
    cwd: ROOT,
    hasInput: true,
    onPrint: (_, text) => typed.resolve(text),
  });
  const command = [`${SAMPLES}typed.ts`];
  const program = recorder.start({ name: "client", command });
  await until(() => program.hasBegun("input"));
  const run = runOf(recorder.events(), { root: ROOT });
  assertEquals(run.programs[0]?.end, undefined);
  assertEquals(stepsOf(run).map(({ call, states }) => [call?.op, states]), [
    ["bind", ["runs"]],
  ]);
  const [first] = stepsOf(run);
  assertEquals(first && waitsOf(first)[0]?.slice(1), [
    { op: "receive", line: 3, isWaiting: true },
    { op: "input", line: 4, isWaiting: true },
  ]);
  await program.type("Ann\n");
  assertEquals(await typed.promise, "Ann\n");
  program.interrupt();
  await until(() => program.hasEnded);
  const last = stepsOf(runOf(recorder.events(), { root: ROOT })).at(-1);
  assertEquals([last?.what, last?.states], ["exit", ["ended"]]);
});

Deno.test("programs end, and no file is left, when the recorder is killed", {
  ignore: noSignals || !works("ps", "-p", "1"),
}, async () => {
  const temporary = await Deno.makeTempDir();
  for (const sample of ["left.ts", ...noPython ? [] : ["left.py"]]) {
    await using recorder = startTask(["record", "--", SAMPLES + sample], {
      TMPDIR: temporary,
    });
    const line = await recorder.errorLine(/^program: \d+ \d+$/);
    const [pid, parent] = line.split(" ").slice(1).map(Number);
    Deno.kill(parent!, "SIGKILL");
    try {
      await until(async () => !await isRunning(pid!));
    } finally {
      if (await isRunning(pid!)) Deno.kill(pid!, "SIGKILL");
    }
    await until(() => Deno.readDirSync(temporary).toArray().length === 0);
  }
  await Deno.remove(temporary);
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

Deno.test("a program that is not there has its error and no lines", async () => {
  const events = await recordSamples([["nothing.ts"]]);
  const [program] = runOf(events, { root: ROOT }).programs;
  assertMatch(program?.error ?? "", /Module not found/);
  assertEquals(program?.lines, []);
});

/** The files of a chapter's recordings. */
function recordingsOf(page: PageFile): URL[] {
  const folder = new URL(`${folderOf(page)}recordings/`, ROOT);
  try {
    return Array.from(
      Deno.readDirSync(folder),
      ({ name }) => new URL(name, folder),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

const nameOf = ({ pathname }: URL) => basename(pathname, ".json");

Deno.test("each recording of the book fits its programs, and a change shows", async () => {
  const files = pagesIn("en", ROOT).flatMap((page) => recordingsOf(page));
  assertEquals(
    files.map(nameOf).sort(),
    Object.keys(RECORDINGS).sort(),
  );
  for (const file of files) {
    const name = nameOf(file);
    const stored = JSON.parse(await Deno.readTextFile(file)) as Recording;
    assertEquals(reasonToRecord(name, stored, ROOT), null);
    const [run] = Object.values(stored.runs);
    const program = run?.programs[0];
    assert(program !== undefined);

    program.args.push("more");
    assertEquals(
      reasonToRecord(name, stored, ROOT),
      "has other commands than book/tools/record/recordings.ts",
    );
    program.args.pop();
    program.lines[0] += " // changed";
    assertEquals(
      reasonToRecord(name, stored, ROOT),
      `does not fit the lines of ${program.file} any more`,
    );
  }
});

Deno.test("deno task record prints JSON lines with a version", async () => {
  const words = ["record", "--limit", "10", "--", `${SAMPLES}udp.ts`];
  await using process = startTask(words);
  const { code, stdout } = await process.ended();
  assertEquals(code, 0);
  const [head, start, ...rest] = stdout.trimEnd().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(head, { version: 2 });
  assertEquals(start.e, "start");
  assertEquals(rest.at(-1).e, "exit");
  assertEquals(toLines([start]), `{"version":2}\n${JSON.stringify(start)}\n`);
});

Deno.test("deno task play serves what it has recorded, and what was kept", async () => {
  const file = await Deno.makeTempFile();
  try {
    const programs = [{ name: "both", command: [`${SAMPLES}udp.ts`] }];
    const events = await record(programs, { cwd: ROOT, limit: LIMIT });
    await Deno.writeTextFile(file, toLines(events));
    for (const args of [[file], ["--", `${SAMPLES}udp.ts`]]) {
      await using process = startTask(["play", ...args]);
      const line = await process.line(/^Step by step: /);
      const address = /http:\S+/.exec(line)?.[0] ?? "";
      const page = await (await fetch(address)).text();
      for (const [, path] of page.matchAll(/ (?:src|href)="(\w[^":]+\w)"/g)) {
        const response = await fetch(new URL(path!, address));
        await response.body?.cancel();
        assertEquals([path, response.status], [path, 200]);
      }
      const recording = await (await fetch(new URL("/recording.json", address)))
        .json();
      assertEquals(
        recording.runs.deno.calls.map(({ op }: { op: string }) => op),
        ["bind", "bind", "send", "receive", "close", "close"],
      );
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("record and play say what is wrong with their arguments", async () => {
  const nothing = `No file nothing.ts in ${fileURLToPath(ROOT).slice(0, -1)}`;
  for (
    const [task, args, status, message] of [
      ["record", ["--speed", "2"], 2, "Wrong argument: --speed 2; see --help"],
      ["record", [], 2, "Which program? See --help"],
      [
        ...["record", ["--", "node", "book/tests/record_test.ts"], 2] as const,
        "Cannot record node: only programs for deno run and python3",
      ],
      ["record", ["--", "nothing.ts"], 1, nothing],
      ["play", ["--", "nothing.ts"], 1, nothing],
    ] as const
  ) {
    await using process = startTask([task, ...args]);
    const { code, stderr } = await process.ended();
    assertEquals([code, stderr], [status, `${task}.ts: ${message}\n`]);
  }
});
