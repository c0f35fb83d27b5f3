import { assert, assertEquals, assertMatch } from "@std/assert";
import { deadline } from "@std/async/deadline";
import { fileURLToPath } from "node:url";
import type { Kind } from "../tools/record/recording.ts";
import { stepsOf } from "../tools/record/steps.ts";
import { type Action, type LiveState, OWN } from "../tools/watch/live_state.ts";
import { choose } from "../tools/watch/choices.ts";
import { isRunning, startTask, until } from "./processes.ts";
import { buffersOf, waitsOf } from "./shown.ts";
import { Process, ROOT, works } from "./support.ts";

const SAMPLES = "book/tests/samples/recorded/";
const LIMIT = 20_000;
const GOOD = { loss: 0, duplication: 0, delay: 0 };
// Windows has no signal for Ctrl-C.
const noSignals = Deno.build.os === "windows";

/** `deno task watch` in a process of its own, used as its page uses it. */
class Watch implements AsyncDisposable {
  readonly process: Process;
  readonly address: string;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  private constructor(process: Process, address: string, events: Response) {
    this.process = process;
    this.address = address;
    assert(events.body !== null);
    this.#reader = events.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  static start(...args: string[]): Promise<Watch> {
    return Watch.startIn({}, ...args);
  }

  static async startIn(
    env: Record<string, string>,
    ...args: string[]
  ): Promise<Watch> {
    const process = Process.start(
      Deno.execPath(),
      [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-run",
        "--allow-read",
        "--allow-write",
        "--allow-env",
        "--allow-net=127.0.0.1",
        "book/tools/watch.ts",
        ...args,
      ],
      { cwd: ROOT, env },
    );
    const line = await process.line(/^Watch it run: http:\S+\/ until Ctrl-C$/);
    const address = line.split(" ")[3] ?? "";
    return new Watch(process, address, await fetch(`${address}events`));
  }

  /** Does something, and returns what is wrong with it. */
  async do(action: Action): Promise<string> {
    const response = await fetch(`${this.address}action`, {
      method: "POST",
      body: JSON.stringify(action),
      headers: { origin: new URL(this.address).origin },
    });
    const problem = await response.text();
    assertEquals(response.status, problem === "" ? 204 : 400);
    return problem.trimEnd();
  }

  async start(
    choice: string,
    commands = "",
    conditions = GOOD,
    kind: Kind = "deno",
  ) {
    return await this.do({
      do: "start",
      choice,
      kind,
      commands,
      conditions,
    });
  }

  /** Waits until the page is told what holds. */
  until(holds: (state: LiveState) => unknown): Promise<LiveState> {
    return deadline(this.#until(holds), LIMIT);
  }

  async #until(holds: (state: LiveState) => unknown): Promise<LiveState> {
    while (true) {
      const end = this.#text.indexOf("\n\n");
      if (end !== -1) {
        const state = JSON.parse(this.#text.slice("data: ".length, end));
        this.#text = this.#text.slice(end + 2);
        if (holds(state)) return state;
        continue;
      }
      const { value, done } = await this.#reader.read();
      assert(!done, "The page is told nothing more");
      this.#text += value;
    }
  }

  /** Closes the page. */
  async leave(): Promise<void> {
    // Where the server has ended, that fails.
    await this.#reader.cancel().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
    await this.process[Symbol.asyncDispose]();
  }
}

/** What a program has printed, without the end of the last line. */
const linesOf = ({ run }: LiveState, p: number) =>
  (run?.calls ?? [])
    .filter(({ program, op }) => program === p && op === "print")
    .map(({ data = "" }) => new TextDecoder().decode(Uint8Array.fromHex(data)))
    .join("").replace(/\n$/, "");
const opsOf = ({ run }: LiveState, p: number) =>
  run?.calls.filter(({ program }) => program === p).map(({ op }) => op) ?? [];

const untilEnded = (pid: number) => until(async () => !await isRunning(pid));

/** The status and the text that a server answers to a request with any header. */
async function answerTo(
  address: string,
  header: string[],
  body = "",
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(address);
  using conn = await Deno.connect({ hostname, port: Number(port) });
  const text = [...header, "Connection: close", "", body].join("\r\n");
  await conn.write(new TextEncoder().encode(text));
  // The stream of events does not end.
  const answer = new Uint8Array(64 * 1024);
  const n = await conn.read(answer) ?? 0;
  const all = new TextDecoder().decode(answer.subarray(0, n));
  const status = Number(/^HTTP\/1.1 (\d+)/.exec(all)?.[1]);
  return { status, text: all };
}

async function statusOf(...request: Parameters<typeof answerTo>) {
  return (await answerTo(...request)).status;
}

/** `deno task play` in a process of its own, and its address. */
async function startPlay(): Promise<{ process: Process; address: string }> {
  const process = startTask(["play", "--", `${SAMPLES}udp.ts`]);
  const line = await process.line(/^Step by step: /);
  return { process, address: /http:\S+/.exec(line)?.[0] ?? "" };
}

const NOT_FOUND = 404;
const BAD = 400;

Deno.test("play and watch answer their own pages alone, and tell the browser to", async () => {
  await using watch = await Watch.start();
  const play = await startPlay();
  await using _process = play.process;
  for (const { address } of [watch, play]) {
    const { host, pathname } = new URL(address);
    const get = (path: string, of = host) =>
      statusOf(address, [`GET ${path} HTTP/1.1`, `Host: ${of}`]);
    assertEquals(await get(pathname, "example.org"), 403);
    assertEquals(
      await get(pathname, host.replace("127.0.0.1", "localhost")),
      403,
    );
    assertEquals(await get("/%"), BAD);
    assertEquals(await get(`${pathname}%ff`), BAD);
    assertEquals(await get(`${pathname}constructor`), NOT_FOUND);
    const page = await fetch(address);
    await page.body?.cancel();
    const { status, headers } = page;
    assertEquals(status, 200);
    const policy = headers.get("content-security-policy") ?? "";
    assertMatch(policy, /^default-src 'self';/);
    assertEquals(
      ["cache-control", "referrer-policy", "x-content-type-options"]
        .map((name) => headers.get(name)),
      ["no-store", "no-referrer", "nosniff"],
    );
    assertEquals(
      await statusOf(address, [`POST ${pathname} HTTP/1.1`, `Host: ${host}`]),
      403,
    );
  }
});

Deno.test("what is no action of the page is refused in one line", async () => {
  await using watch = await Watch.start();
  const start = {
    do: "start",
    choice: "typed-tcp",
    kind: "deno",
    commands: "",
    conditions: GOOD,
  };
  for (
    const body of [
      null,
      3,
      "start",
      [],
      {},
      { do: "toString" },
      { ...start, conditions: undefined },
      { ...start, conditions: null },
      { ...start, conditions: { ...GOOD, loss: "1" } },
      { ...start, choice: "constructor" },
      { ...start, kind: "constructor" },
      { ...start, choice: OWN, commands: 3 },
      { do: "type", program: "__proto__", line: "x" },
      { do: "type", program: 0, line: "x" },
    ]
  ) {
    const response = await fetch(`${watch.address}action`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { origin: new URL(watch.address).origin },
    });
    const text = await response.text();
    assertEquals([response.status, text.split("\n").length], [BAD, 2], text);
  }
});

Deno.test("what is typed, sent and read is shown while the programs run", {
  ignore: noSignals,
}, async () => {
  await using watch = await Watch.start();
  assertEquals(await watch.start("typed-tcp"), "");
  await watch.until((state) => linesOf(state, 1) === "Welcome!");
  await watch.do({ do: "type", program: 1, line: "Ann" });
  const asked = await watch.until(({ run }) =>
    run?.calls.some(({ op, program }) => program === 0 && op === "sleep")
  );
  const step = stepsOf(asked.run ?? { programs: [], links: [], calls: [] })
    .at(-1);
  assertEquals(step?.states, ["runs", "runs"]);
  assert(step !== undefined);
  const waits = waitsOf(step).map((all) =>
    all.filter(({ isWaiting }) => isWaiting).map(({ op }) => op).sort()
  );
  assertEquals(waits, [["accept", "sleep"], ["read"]]);
  await watch.until((state) => linesOf(state, 1) === "Welcome!\nHello, Ann!");

  await watch.do({ do: "interrupt", program: 0 });
  const stopped = await watch.until(({ programs }) => programs[0]?.hasEnded);
  assertEquals(stopped.isRunning, true);
  assertEquals(typeof stopped.run?.programs[0]?.interrupted, "number");
  await watch.do({ do: "end input", program: 1 });
  const over = await watch.until(({ isRunning }) => !isRunning);
  assertEquals([over.reason, over.run?.programs[1]?.status], [undefined, 0]);
  assertEquals(opsOf(over, 1).at(-1), "close");
  assertEquals(
    await watch.do({ do: "type", program: 1, line: "Bob" }),
    "This program does not read its input",
  );
});

Deno.test("programs run on another port if that can be changed, and UDP over a network", () => {
  for (
    const [name, kind, isMoved, isUdp] of [
      ["ask", "deno", true, true],
      // It is in the code of one program, or of both.
      ["ask", "python", false, false],
      ["sticks", "python", false, false],
      ["typed-udp", "python", true, true],
      ["typed-tcp", "python", true, false],
    ] as const
  ) {
    const chosen = choose(name, kind, fileURLToPath(ROOT));
    assertEquals([name, chosen.isMoved, chosen.isUdp], [name, isMoved, isUdp]);
  }
});

Deno.test("datagrams are lost, doubled and late as the reader says", {
  ignore: noSignals,
}, async () => {
  await using watch = await Watch.start();
  await watch.start("typed-udp", "", { ...GOOD, loss: 100 });
  await watch.until((state) => opsOf(state, 0).includes("receive"));
  await watch.until(({ programs }) => programs[1]?.hasStarted);
  await watch.do({ do: "type", program: 1, line: "Ann" });
  const lost = await watch.until((state) => opsOf(state, 1).includes("lost"));
  assertEquals(lost.run?.links.map(({ programs }) => programs), [[1, 0]]);
  assertEquals(lost.run?.links[0]?.ports[1], 9999);
  const call = lost.run?.calls.find(({ op }) => op === "lost");
  const send = lost.run?.calls.find(({ op }) => op === "send");
  assertEquals([call?.line, call?.data], [send?.line, send?.data]);
  const run = lost.run ?? { programs: [], links: [], calls: [] };
  const step = stepsOf(run).find((step) => step.call?.op === "lost");
  assert(step !== undefined);
  assertEquals(buffersOf(run, step), [[[], []]]);
  assertEquals(linesOf(lost, 0), "Bind UDP on 9999...");

  // The client asks again by itself.
  await watch.do({ do: "set", conditions: { ...GOOD, duplication: 100 } });
  const answered = await watch.until((state) =>
    linesOf(state, 1) === "Hello, Ann!" &&
    linesOf(state, 0).split("\n").length === 3
  );
  assert(opsOf(answered, 1).includes("doubled"));
  const port = answered.run?.links[0]?.ports[0];
  assertMatch(linesOf(answered, 0), new RegExp(`from 127\\.0\\.0\\.1:${port}`));

  await watch.do({ do: "set", conditions: { ...GOOD, delay: 300 } });
  await watch.do({ do: "type", program: 1, line: "Bob" });
  const late = await watch.until((state) =>
    linesOf(state, 0).split("\n").length > 3
  );
  const calls = late.run?.calls.filter(({ data }) => data === "426f62") ?? [];
  const [sent, read] = ["send", "receive"].map((op) =>
    calls.find((call) => call.op === op)
  );
  assert((read?.end ?? 0) - (sent?.begin ?? Infinity) >= 299);
});

Deno.test(
  "the reader's own programs run, and what is wrong with them is said",
  {
    ignore: noSignals,
  },
  async () => {
    await using watch = await Watch.start();
    for (
      const [commands, problem] of [
        ["", "Which programs? Type a command in each line"],
        [
          "node a.js",
          "Cannot record node: only programs for deno run and python3",
        ],
        ["no.ts 'a b'", /^No file no\.ts in /],
        ["a.ts | b.ts", "| needs a shell: a.ts | b.ts"],
        ["deno run -A", "No file in the command: deno run -A"],
      ] as const
    ) {
      const said = await watch.start(OWN, commands);
      if (typeof problem === "string") assertEquals(said, problem);
      else assertMatch(said, problem);
    }
    assertEquals(
      await watch.start("none"),
      "No programs are called none (deno)",
    );
    const folder = await Deno.makeTempDir();
    const file = `${folder}/fetch.ts`;
    await Deno.writeTextFile(file, 'await fetch("data:,x");\n');
    assertEquals(await watch.start(OWN, file), "");
    const noted = await watch.until(({ run, isRunning }) => run && !isRunning);
    assertEquals(noted.run?.programs[0]?.unrecorded, ["fetch"]);
    await Deno.remove(folder, { recursive: true });
    assertEquals(await watch.start(OWN, `\n${SAMPLES}udp.ts\n`), "");
    const over = await watch.until(({ number, run, isRunning }) =>
      number === 2 && run && !isRunning
    );
    assertEquals(opsOf(over, 0).length, 6);
  },
);

Deno.test(
  "programs end with the page's server, with the run, and at the limit",
  {
    ignore: noSignals || !works("ps", "-p", "1"),
  },
  async () => {
    await using watch = await Watch.start("--limit", "2");
    const pidOf = async (run: number) => {
      await watch.start(OWN, `${SAMPLES}left.ts\n${SAMPLES}left.ts`);
      const state = await watch.until((state) =>
        state.number === run && linesOf(state, 0) !== ""
      );
      return Number(linesOf(state, 0).split(" ")[0]);
    };
    const first = await pidOf(1);
    assert(await isRunning(first));
    const late = await watch.until(({ isRunning }) => !isRunning);
    assertEquals(late.reason, "limit");
    await untilEnded(first);

    const second = await pidOf(2);
    await watch.do({ do: "stop" });
    assert(!await isRunning(second));
    const stopped = await watch.until(({ isRunning }) => !isRunning);
    assertEquals(stopped.reason, "stop");

    const third = await pidOf(3);
    watch.process.kill("SIGTERM");
    assertEquals((await watch.process.ended()).code, 0);
    assert(!await isRunning(third));
  },
);

Deno.test(
  "a prompt is shown before its line ends, and a child does not keep the next run",
  {
    ignore: noSignals || !works("python3", "--version"),
  },
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const file = `${folder}/a b.py`;
      await Deno.writeTextFile(
        file,
        `import socket, subprocess
child = subprocess.Popen(["sleep", "321"])
print(input("name? "), child.pid)
socket.create_server(("127.0.0.1", 0)).accept()
`,
      );
      await using watch = await Watch.start();
      for (const number of [1, 2]) {
        assertEquals(await watch.start(OWN, `python3 '${file}'`), "");
        const asks = await watch.until((state) =>
          state.number === number && linesOf(state, 0) === "name? "
        );
        assertEquals(opsOf(asks, 0), ["print", "input"]);
        await watch.do({ do: "type", program: 0, line: "Ann" });
        const answered = await watch.until((state) =>
          /^name\? Ann \d+$/.test(linesOf(state, 0)) &&
          opsOf(state, 0).includes("accept")
        );
        const child = Number(linesOf(answered, 0).split(" ").at(-1));
        await watch.do({ do: "stop" });
        await untilEnded(child);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test(
  "the programs end when the last page is closed",
  {
    ignore: noSignals || !works("ps", "-p", "1"),
  },
  async () => {
    await using watch = await Watch.start();
    const other = await fetch(`${watch.address}events`);
    await watch.start(OWN, `${SAMPLES}left.ts`);
    const state = await watch.until((state) => linesOf(state, 0) !== "");
    const pid = Number(linesOf(state, 0).split(" ")[0]);
    await other.body?.cancel();
    await watch.leave();
    await untilEnded(pid);
  },
);

Deno.test("a request of another page is refused, and runs nothing", async () => {
  await using watch = await Watch.start();
  const { host, origin, pathname } = new URL(watch.address);
  const body = JSON.stringify({
    do: "start",
    choice: "typed-tcp",
    kind: "deno",
    commands: "",
    conditions: GOOD,
  });
  const post = (path: string, host: string, ...others: string[]) =>
    statusOf(watch.address, [
      `POST ${path} HTTP/1.1`,
      `Host: ${host}`,
      ...others,
      `Content-Length: ${body.length}`,
    ], body);
  const action = `${pathname}action`;
  const mine = `Origin: ${origin}`;
  for (
    const [path, host_, ...others] of [
      ["/action", host, mine],
      [`/${"0".repeat(32)}/action`, host, mine],
      [action, "example.org", "Origin: http://example.org"],
      [action, host, "Origin: http://example.org"],
      [action, host, "Origin: null"],
      [action, host],
    ] as const
  ) {
    assertEquals(await post(path, host_, ...others), 403, path);
  }
  const get = (path: string, host: string) =>
    statusOf(watch.address, [`GET ${path} HTTP/1.1`, `Host: ${host}`]);
  assertEquals(await get("/", host), 403);
  assertEquals(await get(`${pathname}events`, "example.org"), 403);
  assertEquals(await get(`${action}`, host), 404);
  const { number } = await watch.until(() => true);
  assertEquals(number, 0);
  // The same request from the page itself starts it.
  assertEquals(await post(action, host, mine), 204);
  await watch.until((state) => state.number === 1);
});

Deno.test(
  "without Python the other programs run, and its own say what to install",
  {
    ignore: noSignals,
  },
  async () => {
    const bin = await Deno.makeTempDir();
    for (const name of ["sh", "rm"]) {
      await Deno.symlink(`/bin/${name}`, `${bin}/${name}`);
    }
    await using watch = await Watch.startIn({ PATH: bin });
    const problem = await watch.start("typed-udp", "", GOOD, "python");
    assertMatch(problem, /^Python 3\.8 or newer is needed: install it from /);
    assertEquals(await watch.start("typed-udp"), "");
    await watch.until((state) => linesOf(state, 0) === "Bind UDP on 9999...");
    await watch.do({ do: "stop" });
    await Deno.remove(bin, { recursive: true });
  },
);

Deno.test("deno task watch says what is wrong with its arguments", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  for (
    const [args, problem] of [
      [["--speed", "2"], "Wrong argument: --speed 2; see --help"],
      [["--port", "x"], "Wrong argument: --port x; see --help"],
      [
        ["--port", String(port)],
        `Port ${port} is in use; choose another one, or leave out --port`,
      ],
    ] as const
  ) {
    await using process = startTask(["watch", ...args]);
    const { code, stderr } = await process.ended();
    assertEquals([code, stderr.trimEnd()], [2, `watch.ts: ${problem}`]);
  }
});
