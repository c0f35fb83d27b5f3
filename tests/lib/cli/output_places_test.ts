/** `Output` with the standard outputs that a program may really be given. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Process } from "../../support/process.ts";
import { python } from "../../support/python.ts";
import { seededParts } from "./seeded_parts.ts";

const PROGRAM = [
  Deno.execPath(),
  "run",
  "--quiet",
  "--no-prompt",
  new URL("output_program.ts", import.meta.url).pathname,
];
const PLACES = new URL("output_place.py", import.meta.url).pathname;

/** What `output_place.py` tells. */
interface Told {
  code: number;
  stdout: string;
  sha256: string;
  stderr: string;
}

async function run(command: string, args: string[]) {
  await using process = Process.start(command, args, {
    env: { NO_COLOR: "1" },
  });
  return await process.ended();
}

/** Runs the program in a place of `output_place.py`. */
async function inPlace(place: string, ...args: string[]): Promise<Told> {
  const { code, stdout, stderr } = await run(python ?? "", [
    PLACES,
    place,
    ...PROGRAM,
    ...args,
  ]);
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

/** Why there is no mount namespace here; null: there is one. */
function noNamespace(): string | null {
  if (Deno.build.os !== "linux") return "needs Linux";
  try {
    const script = "mount -t tmpfs none /mnt";
    const { success } = new Deno.Command("unshare", {
      args: ["-m", "sh", "-c", script],
    }).outputSync();
    return success ? null : "needs the right to mount";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "needs unshare";
    throw error;
  }
}

function test(
  name: string,
  skip: string | null | false,
  fn: () => Promise<void>,
): void {
  const because = skip ? ` (skipped: ${skip})` : "";
  Deno.test({ name: name + because, ignore: because !== "", fn });
}

const noPython = (Deno.build.os === "windows" && "needs POSIX") ||
  (python === null && "needs Python");
const noDevFull = Deno.build.os !== "linux" && "needs /dev/full";

test("a result on a full device ends in an error", noDevFull, async () => {
  const { code, stderr } = await run("sh", [
    "-c",
    'exec "$@" > /dev/full',
    "sh",
    ...PROGRAM,
    "result",
  ]);
  assertEquals(
    stderr,
    "program.ts: Cannot write to standard output: no space left on device\n",
  );
  assertEquals(code, 1);
});

test(
  "a standard error on a full device changes nothing",
  noDevFull,
  async () => {
    const { code, stdout } = await run("sh", [
      "-c",
      'exec "$@" 2> /dev/full',
      "sh",
      ...PROGRAM,
      "result",
    ]);
    assertEquals(stdout, "Hello, 1!\nHello, 2!\nHello, 3!\n");
    assertEquals(code, 0);
  },
);

test("a result whose reader has ended is no error", noDevFull, async () => {
  const { code, stderr } = await run("bash", [
    "-c",
    '"$@" > >(exec true); echo "status $?" >&2',
    "bash",
    ...PROGRAM,
    "result",
  ]);
  assertEquals({ code, stderr }, { code: 0, stderr: "status 0\n" });
});

for (const seed of [1, 2, 3]) {
  test(
    `a body passes a non-blocking pipe with a slow reader, seed ${seed}`,
    noPython,
    async () => {
      const { code, sha256, stderr } = await inPlace(
        "nonblocking",
        "bytes",
        `${seed}`,
      );
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      const parts: BlobPart[] = ["header\n"];
      for (const part of seededParts(seed)) {
        parts.push(part.slice());
        if (part.length % 7 === 0) parts.push("\n");
      }
      const whole = await new Blob([...parts, "end\n"]).bytes();
      const digest = await crypto.subtle.digest("SHA-256", whole);
      assertEquals(sha256, new Uint8Array(digest).toHex());
    },
  );
}

const NOT_READ =
  /^(?:\d+ lines\n)+program\.ts: [\d,]+ lines were not written to standard output: its reader does not read, or not fast enough\n$/;

test(
  "a log that is not read stops neither the program nor SIGTERM",
  noPython,
  async () => {
    const { code, stderr } = await inPlace("unread", "log");
    assertEquals(code, 0);
    assertMatch(stderr, NOT_READ);
  },
);

test(
  "a pipe for both streams that is not read does not stop SIGTERM",
  noPython,
  async () => {
    assertEquals((await inPlace("unread both", "log")).code, 0);
  },
);

test(
  "a terminal after Ctrl-S stops neither the program nor SIGTERM",
  noPython,
  async () => {
    const { code, stderr } = await inPlace("stopped terminal", "log");
    assertEquals(code, 0);
    assertMatch(stderr, NOT_READ);
  },
);

test(
  "a terminal that is gone stops neither the program nor SIGTERM",
  noPython,
  async () => {
    const { code, stderr } = await inPlace("closed terminal", "log");
    assertEquals(code, 0);
    assertMatch(
      stderr,
      /^(?:\d+ lines\n)+program\.ts: \d+ lines were not written to standard output: the terminal is gone, or the device has failed\n$/,
    );
  },
);

test(
  "a log on a full disk goes on when there is space, and tells what is missing",
  noPython || noNamespace(),
  async () => {
    const { code, stdout, stderr } = await run("unshare", [
      "-m",
      python ?? "",
      PLACES,
      "full disk",
      ...PROGRAM,
      "log",
    ]);
    assertEquals(code, 0, stderr);
    const [told = "", log = ""] = stdout.split("\n");
    const result: Told = JSON.parse(told);
    assertEquals(result.code, 0);
    const lost = Number(
      /program\.ts: (\d+) lines were not written to standard output: no space left on device\n/
        .exec(result.stderr)?.[1],
    );
    // One line may be cut off, where the disk was full; all others are whole.
    const lines: string[] = JSON.parse(log).trimEnd().split("\n");
    const numbers = lines.filter((line) => /^line \d+ x{200}$/.test(line))
      .map((line) => Number(line.split(" ")[1]));
    assert(lines.length - numbers.length <= 1);
    // Of the write that failed first, 4,096 bytes, some lines were written.
    const missing = (numbers.at(-1) ?? 0) - numbers.length;
    assert(lost >= missing && lost - missing <= 20, `${lost}, not ${missing}`);
  },
);
