import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { delay } from "@std/async/delay";
import { Output, type Sink } from "../../../lib/cli/_output.ts";
import { CommandError } from "../../../lib/cli/errors.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** What a call of `write` does: takes so many bytes, fails, or waits. */
type Call = number | Error | Promise<void>;

/** A sink that does what it is told call by call, and then takes everything. */
class FakeSink implements Sink {
  calls = 0;
  readonly plan: Call[] = [];
  readonly #written: number[] = [];
  readonly #log: string[];

  /** The whole of each write also goes into `log`. */
  constructor(log: string[] = []) {
    this.#log = log;
  }

  /** Everything that was taken. */
  get text(): string {
    return new TextDecoder().decode(new Uint8Array(this.#written));
  }

  async write(p: Uint8Array): Promise<number> {
    this.calls++;
    const next = this.plan.shift() ?? p.length;
    if (next instanceof Error) throw next;
    if (next instanceof Promise) await next;
    const part = p.subarray(0, typeof next === "number" ? next : p.length);
    this.#written.push(...part);
    this.#log.push(new TextDecoder().decode(part));
    return part.length;
  }
}

function open() {
  const log: string[] = [];
  const stdout = new FakeSink(log);
  const stderr = new FakeSink(log);
  const clock = new FakeClock();
  const output = new Output("x.ts", { stdout, stderr, clock });
  return { output, stdout, stderr, clock, log };
}

/** Lets everything happen that needs no time to pass. */
const settle = () => delay(0);

/** A write that blocks until `resolve` is called. */
const blocked = () => Promise.withResolvers<void>();

const full = () =>
  Object.assign(new Error("No space left on device (os error 28)"), {
    code: "ENOSPC",
  });
const gone = () => new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
const wouldBlock = () =>
  new Deno.errors.WouldBlock("Resource temporarily unavailable (os error 11)");

Deno.test("Output writes lines as they are, each with its end", async () => {
  const { output, stdout, stderr } = open();
  output.print("Hello, %s %d 小明!");
  output.print("");
  output.print("b");
  output.error("c");
  assertEquals(await output.flush(), null);
  assertEquals(stdout.text, "Hello, %s %d 小明!\n\nb\n");
  assertEquals(stderr.text, "c\n");
});

Deno.test("Output writes a line whole, however little is taken at once", async () => {
  const { output, stdout } = open();
  stdout.plan.push(1, 3, 2);
  output.print("Hello, 小明!");
  await output.flush();
  assertEquals(stdout.text, "Hello, 小明!\n");
});

Deno.test("Output begins to write a line before print returns", () => {
  const { output, stdout } = open();
  output.print("Bind");
  assertEquals(stdout.calls, 1);
});

Deno.test("Output joins lines that wait into writes of at most 4,096 bytes", async () => {
  const { output, stdout, log } = open();
  const first = blocked();
  stdout.plan.push(first.promise);
  output.print("first");
  const line = "x".repeat(99);
  for (let i = 0; i < 100; i++) output.print(line);
  first.resolve();
  await output.flush();
  assertEquals(stdout.text, "first\n" + (line + "\n").repeat(100));
  assertEquals(log.map(({ length }) => length), [6, 4_000, 4_000, 2_000]);
});

Deno.test("Output keeps the order of lines across both streams", async () => {
  const { output, stdout, log } = open();
  const first = blocked();
  stdout.plan.push(first.promise);
  output.print("1");
  output.error("2");
  output.error("3");
  output.print("4");
  const written = output.write(new TextEncoder().encode("5"));
  output.error("6");
  output.print("7");
  await settle();
  assertEquals(log, []);
  first.resolve();
  await written;
  await output.flush();
  assertEquals(log, ["1\n", "2\n3\n", "4\n", "5", "6\n", "7\n"]);
});

Deno.test("Output writes on to one stream when the other one is stuck", async () => {
  const { output, stdout, stderr, clock, log } = open();
  const stuck = blocked();
  stdout.plan.push(stuck.promise);
  output.print("stuck");
  output.error("one");
  await settle();
  clock.pass(99);
  await settle();
  assertEquals(stderr.text, "");
  clock.pass(1);
  await settle();
  assertEquals(stderr.text, "one\n");
  // From then on the other stream does not wait at all.
  output.error("two");
  await settle();
  assertEquals(stderr.text, "one\ntwo\n");
  assertEquals(output.pending, true);
  stuck.resolve();
  assertEquals(await output.flush(), null);
  assertEquals(log, ["one\n", "two\n", "stuck\n"]);
  assertEquals(output.pending, false);
});

Deno.test("Output waits between two tries of a write that would block", async () => {
  const { output, stdout, clock } = open();
  stdout.plan.push(2, ...Array.from({ length: 7 }, wouldBlock));
  output.print("Hello!");
  // Each wait is twice as long as the one before, up to 100 ms.
  for (const [tries, wait] of [5, 10, 20, 40, 80, 100, 100].entries()) {
    await settle();
    assertEquals(stdout.calls, tries + 2);
    clock.pass(wait - 1);
    await settle();
    assertEquals(stdout.calls, tries + 2);
    clock.pass(1);
  }
  await output.flush();
  assertEquals(stdout.calls, 9);
  assertEquals(stdout.text, "Hello!\n");
});

Deno.test("Output does not spin where a write takes nothing", async () => {
  const { output, stdout, clock } = open();
  stdout.plan.push(0);
  output.print("Hello!");
  await settle();
  assertEquals(stdout.calls, 1);
  clock.pass(5);
  await output.flush();
  assertEquals(stdout.text, "Hello!\n");
});

Deno.test("Output whose reader has ended writes nowhere, and that is no failure", async () => {
  const { output, stdout, stderr } = open();
  stdout.plan.push(2, gone());
  output.print("Hello!");
  await settle();
  output.print("Hello!");
  assertEquals(await output.flush(), null);
  assertEquals(stdout.text, "He");
  assertEquals(stdout.calls, 2);
  assertEquals(stderr.text, "");
});

Deno.test("Output tells a client that its result could not be written", async () => {
  const { output, stdout, stderr } = open();
  const first = full();
  stdout.plan.push(first);
  output.print("Hello!");
  await settle();
  output.print("The rest of a result is useless.");
  const failure = await output.flush();
  assertInstanceOf(failure, CommandError);
  assertEquals(
    failure.message,
    "Cannot write to standard output: no space left on device",
  );
  assertEquals(failure.cause, first);
  assertEquals(stdout.text, "");
  assertEquals(stderr.text, "");
  await assertRejects(() => output.write(new Uint8Array(1)), CommandError);
});

Deno.test("Output resolves a write of bytes when all of them are written", async () => {
  const { output, stdout } = open();
  stdout.plan.push(3);
  const part = blocked();
  stdout.plan.push(part.promise);
  const bytes = new Uint8Array(10_000).fill(0x61);
  let isWritten = false;
  const written = output.write(bytes).then(() => isWritten = true);
  await settle();
  assertEquals(isWritten, false);
  part.resolve();
  await written;
  assertEquals(stdout.text, "a".repeat(10_000));
});

for (
  const [error, words] of [
    [gone(), "the program that reads it has ended"],
    [full(), "no space left on device"],
    [
      Object.assign(new Error("Input/output error (os error 5)"), {
        code: "EIO",
      }),
      "the terminal is gone, or the device has failed",
    ],
    [new Error("odd\x1b[2J"), "odd\\x1b[2J"],
  ] as const
) {
  Deno.test(`Output rejects a write of bytes: ${words}`, async () => {
    const { output, stdout } = open();
    stdout.plan.push(1, error);
    const failure = await assertRejects(
      () => output.write(new Uint8Array(2)),
      CommandError,
    );
    assertEquals(
      failure.message,
      `Cannot write to standard output: ${words}`,
    );
  });
}

Deno.test("Output drops the lines of a log that cannot be written, and says how many", async () => {
  const { output, stdout, stderr } = open();
  output.lossy = true;
  for (let i = 0; i < 3; i++) {
    stdout.plan.push(full());
    output.print("lost");
    await settle();
  }
  assertEquals(stderr.text, "");
  output.print("Space again");
  assertEquals(await output.flush(), null);
  assertEquals(stdout.text, "Space again\n");
  assertEquals(
    stderr.text,
    "x.ts: 3 lines were not written to standard output: no space left on device\n",
  );
});

Deno.test("Output says at the end how many lines of a log were lost", async () => {
  const { output, stdout, stderr } = open();
  output.lossy = true;
  stdout.plan.push(full());
  output.print("lost");
  assertEquals(await output.flush(), null);
  assertEquals(
    stderr.text,
    "x.ts: 1 line was not written to standard output: no space left on device\n",
  );
});

Deno.test("Output does not say at the end that a log's reader has ended", async () => {
  const { output, stdout, stderr } = open();
  output.lossy = true;
  for (let i = 0; i < 3; i++) {
    stdout.plan.push(gone());
    output.print("lost");
    await settle();
  }
  assertEquals(await output.flush(), null);
  assertEquals(stderr.text, "");
  // A named pipe may get another reader.
  output.print("read");
  await output.flush();
  assertEquals(stdout.text, "read\n");
  assertEquals(
    stderr.text,
    "x.ts: 3 lines were not written to standard output: the program that reads it has ended\n",
  );
});

Deno.test("Output loses no count when both streams fail", async () => {
  const { output, stdout, stderr } = open();
  output.lossy = true;
  for (const sink of [stdout, stderr]) {
    sink.plan.push(full(), full());
  }
  output.print("lost");
  output.error("lost");
  await settle();
  output.print("lost");
  output.error("lost");
  await settle();
  // Here the count of standard output cannot be said.
  stderr.plan.push(full());
  output.print("a");
  await settle();
  output.error("b");
  await output.flush();
  assertEquals(stdout.text, "a\n");
  assertEquals(
    stderr.text.split("\n").sort(),
    [
      "",
      "b",
      "x.ts: 2 lines were not written to standard error: no space left on device",
      "x.ts: 2 lines were not written to standard output: no space left on device",
    ],
  );
});

Deno.test("Output begins a new line after one that was cut off", async () => {
  const { output, stdout } = open();
  output.lossy = true;
  stdout.plan.push(3, full(), full(), 1, full());
  output.print("torn");
  await settle();
  output.print("lost");
  await settle();
  output.print("lost");
  await settle();
  output.print("whole");
  await output.flush();
  assertEquals(stdout.text, "tor\nwhole\n");
});

Deno.test("Output keeps no more of a log than fits its queue", async () => {
  const { output, stdout, stderr, clock } = open();
  output.lossy = true;
  const stuck = blocked();
  stdout.plan.push(stuck.promise);
  const line = "x".repeat(1_023);
  for (let i = 0; i < 1_000; i++) output.print(line);
  clock.pass(100);
  stuck.resolve();
  assertEquals(await output.flush(), null);
  assertEquals(stdout.text, (line + "\n").repeat(256));
  assertEquals(
    stderr.text,
    "x.ts: 744 lines were not written to standard output: its reader does not read, or not fast enough\n",
  );
});

Deno.test("Output keeps the whole result of a client for a slow reader", async () => {
  const { output, stdout, stderr } = open();
  const slow = blocked();
  stdout.plan.push(slow.promise);
  const line = "x".repeat(1_023);
  for (let i = 0; i < 1_000; i++) output.print(line);
  slow.resolve();
  assertEquals(await output.flush(), null);
  assertEquals(stdout.text.length, 1_024_000);
  assertEquals(stderr.text, "");
});

Deno.test("Output.flush gives up a stuck stream at its limit, and says what is lost", async () => {
  const { output, stdout, stderr, clock } = open();
  output.lossy = true;
  stdout.plan.push(blocked().promise);
  output.print("stuck");
  output.print("waits");
  const flushed = output.flush({ limit: 500 });
  await settle();
  clock.pass(499);
  await settle();
  assertEquals(stderr.text, "");
  clock.pass(1);
  assertEquals(await flushed, null);
  assertEquals(
    stderr.text,
    "x.ts: 2 lines were not written to standard output: its reader does not read, or not fast enough\n",
  );
  assertEquals(output.pending, true);
});

Deno.test("Output.flush ends even if both streams are stuck", async () => {
  const { output, stdout, stderr, clock } = open();
  output.lossy = true;
  for (const sink of [stdout, stderr]) sink.plan.push(blocked().promise);
  output.print("stuck");
  output.error("stuck");
  clock.pass(100);
  let isFlushed = false;
  const flushed = output.flush({ limit: 500 }).then(() => isFlushed = true);
  for (let passed = 0; passed < 1_000; passed += 100) {
    assertEquals(isFlushed, false);
    await settle();
    clock.pass(100);
  }
  await flushed;
  assertEquals(output.pending, true);
});

Deno.test("Output.flush waits for a slow reader until the signal, and then for its limit", async () => {
  const { output, stdout, clock } = open();
  const slow = blocked();
  stdout.plan.push(slow.promise);
  output.print("result");
  const interrupted = new AbortController();
  let isFlushed = false;
  const flushed = output.flush({ limit: 500, signal: interrupted.signal })
    .then(() => isFlushed = true);
  clock.pass(1_000_000);
  await settle();
  assertEquals(isFlushed, false);
  interrupted.abort();
  clock.pass(500);
  await flushed;
  assertEquals(stdout.text, "");
});

Deno.test("Output.flush leaves no timer behind", async () => {
  const { output, stdout, clock } = open();
  stdout.plan.push(wouldBlock());
  output.print("1");
  output.error("2");
  await settle();
  clock.pass(5);
  await output.flush({ limit: 500 });
  assertEquals(clock.pending, 0);
});
