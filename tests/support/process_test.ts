/** What keeps a test from passing, or from hanging, when a program does wrong. */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Process, run, works } from "./process.ts";
import { startServer } from "./scripts.ts";
import { noSignals, testUnless } from "./skip.ts";

/** A program that prints these lines and then goes on. */
function start(out: string, err = "", then = ""): Process {
  const write = (text: string, stream: string) =>
    `Deno.${stream}.writeSync(new TextEncoder().encode(${
      JSON.stringify(text)
    }));`;
  return Process.start(Deno.execPath(), [
    "eval",
    write(out, "stdout") + write(err, "stderr") + then,
  ]);
}

/** Stays until a signal comes. */
const STAY = "setInterval(() => {}, 1_000_000);";

/** The message with which a wait fails, without the command. */
async function failure(wait: Promise<unknown>): Promise<string> {
  const { message } = await assertRejects(() => wait, Error);
  return message.replace(/: .* eval .*/, "");
}

const streams = (out: string, err: string) =>
  `\n--- standard output\n${out}\n--- standard error\n${err}\n---`;

Deno.test("ended returns the status and both streams, and run fails by the status", async () => {
  const exit = "Deno.exit(3);";
  await using process = start("a\r\nb\0", "\ufeff小明", exit);
  const { stdoutBytes, ...rest } = await process.ended();
  assertEquals(rest, {
    code: 3,
    signal: null,
    stdout: "a\r\nb\0",
    stderr: "\ufeff小明",
  });
  assertEquals(stdoutBytes.length, 5);
  const args = ["eval", `console.log("one"); ${exit}`];
  await assertRejects(
    () => run(Deno.execPath(), args),
    Error,
    "ended with status 3: one\n",
  );
  assertEquals(works(Deno.execPath(), ...args), false);
  assertEquals(works("no-such-program"), false);
  assertEquals(works(Deno.execPath(), "--version"), true);
});

Deno.test("line takes a text for a whole line, looks at each once, and in the order of the calls", async () => {
  const out = "one more\none\ntwo\r\nthree\nfour\none";
  await using process = start(out, "", "Deno.exit(4);");
  assertEquals(
    await Promise.all(["one", /t/g, /t/g].map((line) => process.line(line))),
    ["one", "two", "three"],
  );
  // Without a line end, at the end of the output.
  assertEquals(await process.line("one"), "one");
  assertEquals(
    await failure(process.line("one")),
    'No line on standard output matches "one" and the program ended with ' +
      `status 4${streams(out, "")}`,
  );
});

Deno.test("a wait fails with all that was printed once the limit has passed", async () => {
  await using process = start("one\nbegin", "two\n", STAY);
  await process.line("one");
  await process.errorLine("two");
  const { limit } = process;
  process.limit = 1;
  const shown = streams("one\nbegin", "two\n");
  assertEquals(
    await Promise.all([
      failure(process.ended()),
      failure(process.line("begin")),
      failure(process.errorLine(/two/)),
    ]),
    [
      `Not ended within 1 ms${shown}`,
      `No line on standard output matches "begin" within 1 ms${shown}`,
      `No line on standard error matches /two/ within 1 ms${shown}`,
    ],
  );
  process.limit = limit;
});

testUnless(
  noSignals,
  "the block's end ends a program, also one that SIGTERM does not end",
  async () => {
    for (const [then, by] of [["", "SIGTERM"], ["() => {}", "SIGKILL"]]) {
      const handle = then && `Deno.addSignalListener("SIGTERM", ${then});`;
      let ended;
      {
        await using process = start(
          "",
          "",
          `${handle}console.log("up");${STAY}`,
        );
        await process.line("up");
        ended = process.ended();
        if (by === "SIGKILL") process.limit = 300;
      }
      assertEquals((await ended).signal, by);
    }
  },
);

const script = (code: string) =>
  `data:application/typescript,${encodeURIComponent(code)}`;

Deno.test("startServer fails with the output of a server that does not listen", async () => {
  const server = script(`console.error("No port"); Deno.exit(1);`);
  const { message } = await assertRejects(() => startServer(server), Error);
  assertMatch(message, /the program ended with status 1[^]*No port/);
});
