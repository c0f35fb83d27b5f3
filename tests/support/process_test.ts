import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { deadline } from "@std/async/deadline";
import {
  Process,
  type ProcessOptions,
  run as runToEnd,
  works,
} from "./process.ts";

const UNIX = Deno.build.os !== "windows";

/** Stays until a signal comes. */
const STAY = "setInterval(() => {}, 1_000_000);";

function run(code: string, options?: ProcessOptions): Process {
  return Process.start(Deno.execPath(), ["eval", code], options);
}

function print(text: string, stream: "stdout" | "stderr" = "stdout"): string {
  return `Deno.${stream}.writeSync(new TextEncoder().encode(${
    JSON.stringify(text)
  }));`;
}

/** The lines of the message with which `wait` fails, without the command. */
async function failure(wait: Promise<unknown>): Promise<string[]> {
  const { message } = await assertRejects(() => wait, Error);
  const [first = "", ...rest] = message.split("\n");
  return [first.slice(0, first.indexOf(`: ${Deno.execPath()} eval `)), ...rest];
}

/** The same for a wait that may take no longer than a millisecond. */
async function failureAtOnce(
  process: Process,
  wait: () => Promise<unknown>,
): Promise<string[]> {
  const { limit } = process;
  process.limit = 1;
  const message = await failure(wait());
  process.limit = limit;
  return message;
}

Deno.test("ended returns the exit code and both streams", async () => {
  await using process = run(
    `Deno.stdout.writeSync(new Uint8Array([0x61, 0x0d, 0x0a, 0xff]));` +
      print("\ufeff小明", "stderr") + "Deno.exit(3);",
  );
  const { stdoutBytes, ...rest } = await process.ended();
  assertEquals(stdoutBytes, new Uint8Array([0x61, 0x0d, 0x0a, 0xff]));
  assertEquals(rest, {
    code: 3,
    signal: null,
    stdout: "a\r\n\ufffd",
    stderr: "\ufeff小明",
  });
});

Deno.test("ended may be asked twice, and after the last line", async () => {
  await using process = run(print("one\n"));
  await process.line("one");
  assertEquals(await process.ended(), await process.ended());
});

Deno.test("ended fails with what was printed once the limit has passed", async () => {
  await using process = run(print("one\n") + print("two\n", "stderr") + STAY);
  await process.line("one");
  await process.errorLine("two");
  assertEquals(await failureAtOnce(process, () => process.ended()), [
    "Not ended within 1 ms",
    "--- standard output",
    "one",
    "",
    "--- standard error",
    "two",
    "",
    "---",
  ]);
});

Deno.test("line passes over what does not match, and looks at each line once", async () => {
  await using process = run(print("one\ntwo\r\nthree\nfour\none"));
  const flagged = /t/g;
  assertEquals(await process.line(flagged), "two");
  assertEquals(await process.line(flagged), "three");
  // Without a line end, at the end of the output.
  assertEquals(await process.line("one"), "one");
});

Deno.test("line takes a text for the whole line", async () => {
  await using process = run(print("Welcome! (not)\nWelcome!\n"));
  await process.line("Welcome!");
  await failure(process.line("Welcome!"));
});

Deno.test("line waits for the end of a line, and not for the end of the output", async () => {
  await using process = run(print("one\nbegin") + STAY);
  assertEquals(await process.line(/./), "one");
  await failureAtOnce(process, () => process.line("begin"));
});

Deno.test("calls that wait at the same time find lines in their order", async () => {
  await using process = run(
    print("a1\n") + print("b\n", "stderr") + print("a2\n"),
  );
  assertEquals(
    await Promise.all([
      process.line(/a/),
      process.line(/a/),
      process.errorLine("b"),
    ]),
    ["a1", "a2", "b"],
  );
});

Deno.test("line fails with everything printed if the output ends", async () => {
  await using process = run(
    print("one\n") + "Deno.stdout.close();" + print("why", "stderr") +
      "Deno.exit(4);",
  );
  assertEquals(await failure(process.line(/t[w]o/)), [
    "No line on standard output matches /t[w]o/ and the program ended with status 4",
    "--- standard output",
    "one",
    "",
    "--- standard error",
    "why",
    "---",
  ]);
});

Deno.test("line fails with everything printed once the limit has passed", async () => {
  await using process = run(
    print("one\n") + print("two\n") + print("three", "stderr") + STAY,
  );
  await process.line("two");
  const message = await failureAtOnce(process, () => process.errorLine("one"));
  assertEquals(message.slice(0, 4), [
    'No line on standard error matches "one" within 1 ms',
    "--- standard output",
    "one",
    "two",
  ]);
});

Deno.test("onLine is called with each line of both streams as it comes", async () => {
  const lines: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await using _process = run(
    print("one\n") + print("two\r\nthr", "stderr") + STAY,
    { onLine: (line) => lines.push(line) === 2 && resolve() },
  );
  await deadline(promise, 30_000);
  assertEquals(lines.sort(), ["one", "two"]);
});

Deno.test({
  name: "merged streams keep the order of their lines",
  ignore: !UNIX,
  async fn() {
    const code = ["one", "two", "three", "four"].map((line, i) =>
      print(`${line}\n`, i % 2 === 0 ? "stdout" : "stderr")
    ).join("");
    await using process = run(code + "Deno.exit(3);", { isMerged: true });
    const { code: status, stdout, stderr } = await process.ended();
    assertEquals({ status, stdout, stderr }, {
      status: 3,
      stdout: "one\ntwo\nthree\nfour\n",
      stderr: "",
    });
  },
});

Deno.test("closeOutput makes the program's next write fail", async () => {
  await using process = run(
    print("one\n") + `
    try {
      for (;;) await Deno.stdout.write(new Uint8Array(1_000));
    } catch (error) {
      console.error(error.name);
      Deno.exit(3);
    }`,
  );
  await process.line("one");
  await process.closeOutput();
  const { code, stderr } = await process.ended();
  assertEquals({ code, stderr }, { code: 3, stderr: "BrokenPipe\n" });
});

Deno.test("run returns what a program printed, and fails with it and its status", async () => {
  const deno = Deno.execPath();
  assertEquals(await runToEnd(deno, ["eval", print("one\n")]), "one\n");
  const failing = print("one\n") + print("two\n", "stderr") + "Deno.exit(3);";
  const { message } = await assertRejects(
    () => runToEnd(deno, ["eval", failing]),
    Error,
    "ended with status 3: one\ntwo\n",
  );
  assertMatch(message, new RegExp(`^${deno.replaceAll("\\", "..")} eval `));
  await assertRejects(
    () => runToEnd(deno, ["eval", STAY], {}, 1),
    Error,
    "Not ended within 1 ms",
  );
});

Deno.test("works is true only for a program that is there and succeeds", () => {
  assertEquals(works(Deno.execPath(), "eval", "Deno.exit(0)"), true);
  assertEquals(works(Deno.execPath(), "eval", "Deno.exit(1)"), false);
  assertEquals(works("no-such-program"), false);
});

Deno.test("output that is not read does not stop the program", async () => {
  await using process = run(
    `await new Blob(["x".repeat(1_000_000)]).stream().pipeTo(Deno.stdout.writable);`,
  );
  assertEquals((await process.ended()).stdoutBytes.length, 1_000_000);
});

Deno.test("kill ends the program", async () => {
  await using process = run(STAY);
  process.kill("SIGKILL");
  const { code, signal } = await process.ended();
  assertNotEquals(code, 0);
  assertEquals(signal, UNIX ? "SIGKILL" : null);
  assertThrows(() => process.kill("SIGKILL"), TypeError);
});

Deno.test("the block's end ends the program", async () => {
  let ended;
  {
    await using process = run(print("one\n") + STAY);
    await process.line("one");
    ended = process.ended();
  }
  assertEquals((await ended).signal, UNIX ? "SIGTERM" : null);
});

Deno.test({
  name: "the block's end lets a program shut down in its own way",
  ignore: !UNIX,
  async fn() {
    let ended;
    {
      await using process = run(
        `Deno.addSignalListener("SIGTERM", () => Deno.exit(5));` +
          print("one\n") + STAY,
      );
      await process.line("one");
      ended = process.ended();
    }
    assertEquals((await ended).code, 5);
  },
});

Deno.test({
  name: "the block's end kills a program that SIGTERM does not end",
  ignore: !UNIX,
  async fn() {
    let ended;
    {
      await using process = run(
        `Deno.addSignalListener("SIGTERM", () => {});` + print("one\n") + STAY,
      );
      await process.line("one");
      ended = process.ended();
      process.limit = 1;
    }
    assertEquals((await ended).signal, "SIGKILL");
  },
});

Deno.test("the block's end does not wait for programs that the program started", async () => {
  // It has its parent's standard output and error, and so keeps them open.
  const child = `new Deno.Command(Deno.execPath(), {
    args: ["eval", ${JSON.stringify(STAY)}],
    stdin: "null",
  }).spawn()`;
  let pid, waits;
  {
    await using process = run(`console.log(${child}.pid);` + STAY);
    pid = Number(await process.line(/^\d+$/));
    waits = [
      failure(process.line("never")),
      failure(process.errorLine("never")),
    ];
  }
  for (const [reason] of await Promise.all(waits)) {
    assertMatch(reason ?? "", /the program ended with status/);
  }
  // Throws if it had ended by now.
  Deno.kill(pid, "SIGKILL");
});

Deno.test("a program inherits the environment and starts where it is told", async () => {
  const cwd = new URL(".", import.meta.url);
  await using process = run(
    `const { PATH, ADDED } = Deno.env.toObject();
    console.log(JSON.stringify({ PATH, ADDED, cwd: Deno.cwd() }));`,
    { env: { ADDED: "yes" }, cwd },
  );
  const { stdout } = await process.ended();
  assertEquals(JSON.parse(stdout), {
    PATH: Deno.env.get("PATH"),
    ADDED: "yes",
    cwd: await Deno.realPath(cwd),
  });
});

Deno.test("pid is the program's", async () => {
  await using process = run("console.log(Deno.pid);");
  await process.line(`${process.pid}`);
});

Deno.test("what is typed reaches the program, until its input ends", async () => {
  await using process = run(
    `for await (const chunk of Deno.stdin.readable) Deno.stdout.writeSync(chunk);
${print("end")}`,
    { hasInput: true },
  );
  await process.type("小明\n");
  await process.line("小明");
  await process.endInput();
  assertEquals((await process.ended()).stdout, "小明\nend");
  await assertRejects(() => process.type("late\n"), TypeError);
});
