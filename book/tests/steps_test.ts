/** The steps of runs that are made by hand, and what each shows. */
import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { RecordedEvent } from "../tools/record/recorder.ts";
import type {
  Call,
  Link,
  RecordedProgram,
  RecordedRun,
} from "../tools/record/recording.ts";
import { runOf } from "../tools/record/run_of.ts";
import { type Step, stepsOf } from "../tools/record/steps.ts";
import { buffersOf, connectionsOf, waitsOf } from "./shown.ts";
import { ROOT } from "./support.ts";

const [server, client] = [{ program: 0, side: 1 }, { program: 1, side: 0 }];

/** A call of the server or the client at one time, unless it has another end. */
const call = (
  { program, side }: { program: number; side: number },
  op: string,
  begin: number,
  fields: Omit<Partial<Call>, "end"> & { end?: number | undefined } = {},
): Call => {
  const { end, ...others } = { end: begin, ...fields };
  return {
    ...{ program, op, line: 1, task: 1, begin, link: 0 },
    side: side === 0 ? 0 : 1,
    ...(end === undefined ? {} : { end }),
    ...others,
  };
};

/** Bytes, as a call has them. */
const bytes = (text: string) => ({
  n: text.length,
  data: new TextEncoder().encode(text).toHex(),
});

type Times = Pick<RecordedProgram, "begin" | "end" | "interrupted">;

function runWith(
  calls: Call[],
  { transport = "TCP", server = { begin: 0, end: 100 } }: {
    transport?: Link["transport"];
    server?: Times;
  } = {},
): RecordedRun {
  const program = (name: string, times: Times) => ({
    ...{ name, language: "deno" as const, file: `${name}.ts`, args: [] },
    ...{ first: 1, lines: ["", "", ""], status: 0, ...times },
  });
  return {
    programs: [
      program("server", server),
      program("client", { begin: 0, end: 99 }),
    ],
    links: [{ transport, programs: [1, 0], ports: [51234, 9999] }],
    calls: calls.toSorted((a, b) => a.begin - b.begin),
  };
}

const made = [
  call(client, "connect", 1),
  call(server, "accept", 0, { end: 2 }),
];

/** What happens in a step. */
const nameOf = ({ call, what }: Step) => call?.op ?? what;

Deno.test("a step shows where the programs wait, and what is unread", () => {
  const run = runWith([
    call(server, "accept", 1, { end: 12 }),
    call(client, "connect", 10),
    call(client, "write", 13, { line: 2, ...bytes("Ann") }),
    call(client, "read", 15, { line: 3, end: 40, isEnd: true }),
    call(server, "read", 16, { line: 2, end: 20, ...bytes("An") }),
    call(server, "sleep", 21, { line: 3, end: 30, ms: 9 }),
    call(server, "close", 35, { line: 4 }),
  ]);
  const steps = stepsOf(run);
  assertEquals(
    steps.map((step) => [
      nameOf(step),
      step.program,
      ...connectionsOf(run, step),
      buffersOf(run, step)[0]?.[0],
    ]),
    [
      ["connect", 1, "open", []],
      ["accept", 0, "open", []],
      ["write", 1, "open", [bytes("Ann")]],
      // Of three bytes one is left.
      ["read", 0, "open", [bytes("n")]],
      ["sleep", 0, "open", [bytes("n")]],
      // The end that is closed does not read them any more.
      ["close", 0, "open", []],
      ["read", 1, "open", []],
      ["exit", 1, "closed", []],
      ["exit", 0, "closed", []],
    ],
  );
  const [connect, , write, , sleep] = steps;
  const marks = (step?: Step) =>
    step &&
    waitsOf(step).map((waits) =>
      waits.map(({ op, line, isWaiting }) => `${op} ${line} ${isWaiting}`)
    );
  assertEquals(marks(connect), [["accept 1 true"], ["connect 1 false"]]);
  assertEquals(marks(write), [
    ["read 2 true"],
    ["write 2 false", "read 3 true"],
  ]);
  assertEquals(marks(sleep), [["sleep 3 false"], ["read 3 true"]]);
  assertEquals(connect?.states, ["runs", "runs"]);
  assertEquals(steps.at(-2)?.states, ["runs", "ended"]);
});

Deno.test("what a task does next is not shown before its time", () => {
  const steps = stepsOf(runWith([
    call(server, "accept", 1, { end: 12 }),
    call(client, "connect", 10),
    call(client, "read", 12, { end: 16, ...bytes("Ann") }),
    call(client, "sleep", 17, { end: 60, ms: 43 }),
    call(server, "write", 15, bytes("Ann")),
    call(server, "write", 18, bytes("Ann")),
  ]));
  const ops = steps.map((step) => waitsOf(step)[1]?.map(({ op }) => op));
  assertEquals(ops.slice(0, 5), [
    ["connect", "read"],
    ["read"],
    ["read"],
    ["read", "sleep"],
    ["sleep"],
  ]);
});

Deno.test("a write that waits is shown where it waits", () => {
  const steps = stepsOf(runWith([
    call(client, "connect", 10),
    call(client, "sendall", 12, { line: 2, end: undefined, ...bytes("Ann") }),
    call(server, "sleep", 13, { end: 80, ms: 67 }),
  ]));
  const [, , sent] = steps;
  assertEquals(sent && waitsOf(sent)[1]?.map(({ line }) => line), [2]);
});

Deno.test("datagrams are kept apart, and read in any order", () => {
  const [a, b] = [bytes("a"), bytes("b")];
  const run = runWith([
    call(client, "send", 10, a),
    call(client, "send", 12, b),
    call(server, "receive", 1, { end: 14, ...b }),
  ], { transport: "UDP" });
  const unread = stepsOf(run).map((step) => buffersOf(run, step)[0]?.[0]);
  assertEquals(unread.slice(0, 3), [[a], [a, b], [a]]);
});

Deno.test("a call that fails is a step when it fails", () => {
  // A write that is interrupted by the close of its own program.
  const steps = stepsOf(runWith([
    ...made,
    call(server, "write", 10, { end: 62, error: "Interrupted" }),
    call(server, "close", 61),
    call(client, "bind", 70, { end: 71, error: "AddrInUse" }),
  ]));
  assertEquals(steps.map((step) => [nameOf(step), step.at]), [
    ["connect", 1],
    ["accept", 2],
    ["close", 61],
    ["write", 62],
    ["bind", 71],
    ["exit", 99],
    ["exit", 100],
  ]);
});

Deno.test("the wire shows how each direction ends", () => {
  const signals = (...calls: Call[]) =>
    stepsOf(runWith([...made, ...calls])).flatMap((step) =>
      step.signals.map(({ kind, side, isHalf, isLast, lost }) =>
        [nameOf(step), side, kind, isHalf, isLast, lost].join(" ")
      )
    );
  assertEquals(
    signals(
      call(client, "closeWrite", 10),
      call(server, "read", 11, { isEnd: true }),
      call(server, "close", 12),
      call(client, "close", 13),
    ),
    ["closeWrite 0 FIN true false 0", "close 1 FIN false true 0"],
  );
  // A close with unread bytes resets the connection.
  assertEquals(
    signals(
      call(client, "write", 10, bytes("exit")),
      call(server, "close", 11),
      call(client, "close", 12),
    ),
    ["close 1 RST false false 4"],
  );
  assertEquals(
    signals(call(client, "close", 10, { reset: true })),
    ["close 0 RST false false 0"],
  );
  // A program that ends closes what it has open.
  assertEquals(signals(), [
    "exit 0 FIN false false 0",
    "exit 1 FIN false true 0",
  ]);
});

Deno.test("what is printed belongs to the step of its program before it", () => {
  const steps = stepsOf(runWith([
    call(server, "print", 0, bytes("a")),
    ...made,
    call(server, "print", 3, bytes("b")),
    call(server, "print", 60, bytes("c")),
    call(server, "print", 61, bytes("d")),
  ]));
  assertEquals(
    steps.map((step) => [nameOf(step), step.output.map(({ data }) => data)]),
    [
      ["print", ["61"]],
      ["connect", []],
      ["accept", ["62"]],
      ["print", ["63", "64"]],
      ["exit", []],
      ["exit", []],
    ],
  );
});

Deno.test("a datagram for a port that no program has is not kept", () => {
  const sends = [5, 20, 95].map((at) => call(client, "send", at, bytes("a")));
  const steps = stepsOf(runWith(
    [call(server, "bind", 10, { port: 9999 }), ...sends],
    { transport: "UDP", server: { begin: 0, end: 90 } },
  )).filter((step) => nameOf(step) === "send");
  assertEquals(steps.map(({ isUnheard }) => isUnheard), [true, false, true]);
  assertEquals(steps.map((step) => step.end(0, 1).unread), [0, 1, 0]);
});

Deno.test("a program waits for the keyboard, and in nothing else", () => {
  const steps = stepsOf(runWith([
    call(client, "connect", 1, { end: 2 }),
    call(client, "input", 3, { end: 80 }),
    call(server, "accept", 0, { end: 2 }),
  ]));
  const waits = steps.map((step) =>
    waitsOf(step)[1]?.filter(({ isWaiting }) => isWaiting).map(({ op }) => op)
  );
  // It is connected at once. It waits no more when the line has come.
  assertEquals(waits.slice(0, 3), [["input"], ["input"], []]);
});

Deno.test("a client waits in connect if that takes long, until the server has accepted", () => {
  for (const [end, isLong] of [[9, false], [90, true]] as const) {
    const steps = stepsOf(runWith([
      call(client, "connect", 1, { end }),
      call(server, "sleep", 1, { end: 2 }),
      call(server, "accept", 3, { end: 4 }),
      call(server, "write", 5, bytes("a")),
    ]));
    assertEquals(
      steps.map((step) => [
        nameOf(step),
        waitsOf(step)[1]?.some(({ isWaiting }) => isWaiting),
      ]).slice(0, 4),
      [
        ["connect", false],
        ["sleep", isLong],
        ["accept", false],
        ["write", false],
      ],
    );
  }
});

Deno.test("a server serves a connection until it closes it, or uses it no more", () => {
  for (const last of ["close", "write"]) {
    const steps = stepsOf(runWith([
      ...made,
      call(server, "accept", 3, { end: undefined }),
      call(server, "read", 3, { end: 5, ...bytes("a") }),
      call(server, last, 20, last === "write" ? bytes("b") : {}),
      call(client, "print", 95, bytes("end")),
    ]));
    assertEquals(
      steps.filter(({ program }) => program === 0).map((step) => [
        nameOf(step),
        step.accepted(0).served,
      ]),
      [["accept", 1], ["read", 1], [last, 0], ["exit", 0]],
    );
  }
});

Deno.test("a program that Ctrl-C ends waits no more", () => {
  const steps = stepsOf(runWith([
    ...made,
    call(server, "read", 3, { end: undefined }),
    call(client, "read", 3, { end: undefined }),
  ], { server: { begin: 0, interrupted: 60, end: 98 } }));
  assertEquals(
    steps.map((step) => [nameOf(step), ...step.pending.map((p) => p.length)]),
    [
      ["connect", 1, 1],
      ["accept", 1, 1],
      ["interrupt", 0, 1],
      ["exit", 0, 1],
      ["exit", 0, 0],
    ],
  );
});

Deno.test("a wait that an exception has ended is over when its thread goes on", () => {
  const run = runWith([
    ...made,
    call(client, "recv", 10, { end: undefined }),
    call(client, "close", 20),
  ]);
  const pendingOf = (language: "python" | "deno") => {
    const programs = run.programs.map((program) => ({ ...program, language }));
    return stepsOf({ ...run, programs })
      .find((step) => nameOf(step) === "close")?.pending[1]?.length;
  };
  assertEquals([pendingOf("python"), pendingOf("deno")], [0, 1]);
});

/** A session of `n` requests and responses, each on a connection of its own. */
function longRun(n: number): RecordedRun {
  const calls = Array.from({ length: n }, (_, i) => {
    const [link, t] = [i, 20 * i];
    return [
      call(server, "accept", t, { link, end: t + 2 }),
      call(client, "connect", t + 1, { link }),
      call(client, "write", t + 3, { link, ...bytes("name") }),
      call(server, "read", t + 3, { link, end: t + 4, ...bytes("na") }),
      call(server, "print", t + 4, bytes("na")),
      call(client, "sleep", t + 4, { link, end: t + 10, ms: 6 }),
      call(server, "close", t + 12, { link }),
    ];
  }).flat();
  const run = runWith(calls, { server: { begin: 0 } });
  return { ...run, links: calls.flatMap(() => run.links) };
}

/** How often the fields of some objects are read meanwhile. */
function readsOf<T extends object>(objects: T[], use: (all: T[]) => void) {
  let reads = 0;
  use(objects.map((object) =>
    new Proxy(object, {
      get(target, key, receiver) {
        reads++;
        return Reflect.get(target, key, receiver);
      },
    })
  ));
  return reads;
}

/** Twice the work for twice the calls, and the sorting of them. */
const isLinear = (readsFor: (n: number) => number) => {
  const [few, many] = [readsFor(400), readsFor(800)];
  assert(many < 2.5 * few, `${few} and then ${many} reads`);
};

Deno.test("the work for the steps grows with the calls, not with their square", () => {
  isLinear((n) => {
    const run = longRun(n);
    return readsOf(run.calls, (calls) => {
      for (const step of stepsOf({ ...run, calls })) {
        assert(step.pending.length === 2);
        step.end(0, 1).unread;
      }
    });
  });
});

Deno.test("the work for a run grows with the events, not with their square", () => {
  const file = import.meta.url;
  const start = {
    ...{ t: 0, p: 0, e: "start" as const, name: "server" },
    ...{ command: ["deno", "run", "a.ts"], file: fileURLToPath(file) },
  };
  const accepted = (i: number): RecordedEvent[] => {
    const [call, t] = [2 * i, 10 * i];
    const local = `127.0.0.1:${10_000 + i}`;
    const sleep = { op: "sleep", line: 2, task: i, ms: 1000 };
    return [
      {
        t,
        p: 0,
        e: "begin",
        call,
        file,
        op: "accept",
        line: 1,
        task: i,
        socket: -1,
      },
      { t, p: 0, e: "end", call, opened: i, local, remote: "127.0.0.1:9" },
      { t: t + 1, p: 0, e: "begin", call: call + 1, file, ...sleep },
      { t: t + 2, p: 0, e: "end", call: call + 1, cleared: true },
    ];
  };
  isLinear((n) =>
    readsOf(
      [start, ...Array.from({ length: n }, (_, i) => accepted(i)).flat()],
      (events) => {
        const { calls, links } = runOf(events, { root: ROOT });
        assertEquals([calls.length, links.length], [2 * n, n]);
      },
    )
  );
});

Deno.test("a step shows the same whichever way it is reached", () => {
  const run = longRun(20);
  const steps = stepsOf(run);
  const shownBy = (step: Step) =>
    JSON.stringify([
      waitsOf(step),
      step.states,
      buffersOf(run, step),
      connectionsOf(run, step),
    ]);
  const forward = steps.map(shownBy);
  const back = steps.toReversed().map(shownBy).toReversed();
  assertEquals(back, forward);
});
