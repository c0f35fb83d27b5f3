/**
 * The exercises with a mistake, recorded as `deno task play` does: the mistake can be
 * seen in the recording, and the answer does not make it.
 */
import { assert, assertEquals } from "@std/assert";
import { decode, freePort, otherPort, ROOT, works } from "./support.ts";
import { record } from "../tools/record/recorder.ts";
import type { Call, RecordedRun } from "../tools/record/recording.ts";
import { runOf } from "../tools/record/run_of.ts";

const LIMIT = 20_000;
const SERVER = 0;
const CLIENT = 1;
// Windows has no signal for Ctrl-C, which ends the servers here.
const noSignals = Deno.build.os === "windows";
const noPython = noSignals || !works("python3", "--version");

/** Records a server and a client of the book. */
async function recordPair(...files: string[]): Promise<RecordedRun> {
  const port = freePort();
  const flags = ["run", "--allow-net=127.0.0.1", otherPort(port)];
  const programs = files.map((file) => ({
    name: file,
    command: file.endsWith(".py")
      ? ["python3", file, String(port)]
      : ["deno", ...flags, file],
  }));
  const events = await record(programs, { cwd: ROOT, limit: LIMIT });
  return runOf(events, { root: ROOT });
}

/** The calls of a program with one of some names. */
const callsOf = ({ calls }: RecordedRun, program: number, ...ops: string[]) =>
  calls.filter((call) => call.program === program && ops.includes(call.op));

/** What some calls have moved, as text. */
const textsOf = (calls: Call[]) =>
  calls.flatMap(({ data }) =>
    data === undefined ? [] : [decode(Uint8Array.fromHex(data))]
  );

const GREETINGS = ["Hello, Michael!", "Hello, Tracy!", "Hello, Sarah!"];

Deno.test("no await: the connection is closed before its task has read", {
  ignore: noSignals,
}, async () => {
  const chapter = "book/2-tcp-server/";
  const client = `${chapter}plain_client.ts`;
  const wrong = await recordPair(`${chapter}wrong_close.ts`, client);
  const [close] = callsOf(wrong, SERVER, "close");
  const { first = 0, lines = [] } = wrong.programs[SERVER] ?? {};
  assertEquals(lines[(close?.line ?? 0) - first]?.trim(), "sock.close();");
  assertEquals(textsOf(callsOf(wrong, SERVER, "read")), []);
  assert(wrong.programs[SERVER]?.error !== undefined);

  const right = await recordPair(`${chapter}answers/right_close.ts`, client);
  const reads = textsOf(callsOf(right, CLIENT, "read"));
  assertEquals(reads, ["Welcome!", ...GREETINGS]);
});

Deno.test("recv is no message: it returns several names at once", {
  ignore: noPython,
}, async () => {
  const chapter = "book/3-tcp-is-a-stream/";
  const client = `${chapter}three_names.py`;
  const greeted = (run: RecordedRun) =>
    textsOf(callsOf(run, CLIENT, "recv")).join("").match(/Hello, /g)?.length;
  const wrong = await recordPair(`${chapter}wrong_recv.py`, client);
  const names = textsOf(callsOf(wrong, SERVER, "recv"));
  assertEquals(names.join(""), "Michael\nTracy\nSarah\n");
  assert(names.some((text) => text.split("\n").length > 2), names.join("|"));
  assertEquals(greeted(wrong), names.length);

  const right = await recordPair(`${chapter}answers/right_recv.py`, client);
  assertEquals(greeted(right), 3);
});

Deno.test("write takes a part: the recording has both numbers", {
  ignore: noSignals,
}, async () => {
  const chapter = "book/6-from-a-lesson-to-a-server/";
  const client = `${chapter}count_bytes.ts`;
  const size = 32_000_000;
  const counted = (run: RecordedRun) =>
    callsOf(run, CLIENT, "read").reduce((sum, { n = 0 }) => sum + n, 0);
  const wrong = await recordPair(`${chapter}wrong_write.ts`, client);
  const [write] = callsOf(wrong, SERVER, "write");
  assertEquals(write?.given, size);
  assert((write?.n ?? size) < size);
  assertEquals(counted(wrong), write?.n);

  const right = await recordPair(`${chapter}answers/right_write.ts`, client);
  assertEquals(counted(right), size);
});
