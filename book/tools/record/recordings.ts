import { freePort, otherPort } from "../../../tests/support/mod.ts";
import { fileOf, PERMISSIONS } from "./recorded_command.ts";
import { record } from "./recorder.ts";
import {
  type Kind,
  type RecordedRun,
  type Recording,
  VERSION,
} from "./recording.ts";
import { runOf, withoutHeader } from "./run_of.ts";

/** The port in the chapters. */
export const PORT = 9999;

/** Limit for one run, in milliseconds. */
const LIMIT = 30_000;

/** The programs of a run by their names, each with its arguments. */
type Commands = Record<string, string[]>;

/** What is recorded for the book. */
interface Plan {
  runs: { [kind in Kind]?: Commands };
  /** The server gets Ctrl-C when it begins such a call. */
  interruptIn?: string;
}

/** The tutorial's programs, which have their port in their lines. */
const TUTORIAL_SERVER = ["book/2-tcp-server/tutorial_server.py"];
const TUTORIAL_CLIENT = ["book/2-tcp-server/tutorial_client.py"];
const PYTHON_SERVER = ["tests/interop/tcp_server.py", String(PORT)];
const PYTHON_CLIENT = ["tests/interop/tcp_client.py", String(PORT)];
const SERVER = ["book/2-tcp-server/plain.ts"];
const CLIENT = ["book/2-tcp-server/plain_client.ts"];
const LIB_SERVER = ["tcp_server.ts"];
const LIB_CLIENT = ["tcp_client.ts", "Michael"];
const PAGE = ["book/1-tcp-client/page_server.ts"];
const RESET = ["book/2-tcp-server/reset_client.ts"];
const HALVES = ["book/3-tcp-is-a-stream/halves_server.ts"];
const EXACTLY = ["book/3-tcp-is-a-stream/cures/exactly.ts"];
const LOSE_FIRST = ["book/4-udp-client/lose_first.ts"];
const LATE = ["book/4-udp-client/late_server.ts"];
const RETRY = ["book/4-udp-client/cures/retry.ts"];
const EARLY_RESET = [
  "book/6-from-a-lesson-to-a-server/early_reset.py",
  String(PORT),
];

/** The recordings, by the names of their pictures in the chapters. */
export const RECORDINGS: Record<string, Plan> = {
  exchange: {
    runs: {
      python: {
        server: PAGE,
        client: ["tests/interop/http_client.py", "127.0.0.1", `${PORT}`, "/"],
      },
      deno: {
        server: PAGE,
        client: ["book/1-tcp-client/plain.ts", "127.0.0.1", `${PORT}`],
      },
    },
  },
  conversation: {
    runs: {
      python: { server: TUTORIAL_SERVER, client: TUTORIAL_CLIENT },
      deno: { server: SERVER, client: CLIENT },
    },
  },
  "two-clients": {
    runs: {
      python: {
        server: TUTORIAL_SERVER,
        "client 1": TUTORIAL_CLIENT,
        "client 2": TUTORIAL_CLIENT,
      },
      deno: { server: SERVER, "client 1": CLIENT, "client 2": CLIENT },
    },
  },
  crash: {
    runs: {
      python: { server: PYTHON_SERVER, client: RESET },
      deno: { server: SERVER, client: RESET },
    },
  },
  sticks: {
    runs: {
      python: {
        server: TUTORIAL_SERVER,
        client: ["book/3-tcp-is-a-stream/two_names.py", String(PORT)],
      },
      deno: {
        server: SERVER,
        client: ["book/3-tcp-is-a-stream/two_names.ts"],
      },
    },
  },
  halves: {
    runs: {
      python: { server: HALVES, client: [...PYTHON_CLIENT, "Michael"] },
      deno: { server: HALVES, client: EXACTLY },
    },
  },
  "half-close": {
    runs: {
      deno: {
        server: SERVER,
        client: ["book/3-tcp-is-a-stream/long_name.ts"],
      },
    },
  },
  ask: {
    runs: {
      python: {
        server: ["book/5-udp-server/tutorial_server.py"],
        client: ["book/4-udp-client/tutorial_client.py"],
      },
      deno: {
        server: ["book/5-udp-server/plain.ts"],
        client: ["book/4-udp-client/plain.ts"],
      },
    },
  },
  lost: {
    runs: {
      python: {
        server: LOSE_FIRST,
        client: ["tests/interop/udp_client.py", String(PORT), "Michael"],
      },
      deno: { server: LOSE_FIRST, client: RETRY },
    },
  },
  late: { runs: { deno: { server: LATE, client: RETRY } } },
  "early-reset": {
    runs: {
      deno: {
        server: ["book/2-tcp-server/answers/one_at_a_time.ts"],
        client: EARLY_RESET,
      },
      lib: {
        server: [...LIB_SERVER, "--max-connections", "1"],
        client: EARLY_RESET,
      },
    },
  },
  drain: {
    runs: {
      python: { server: PYTHON_SERVER, client: [...PYTHON_CLIENT, "Michael"] },
      deno: { server: SERVER, client: CLIENT },
      lib: { server: LIB_SERVER, client: LIB_CLIENT },
    },
    interruptIn: "sleep",
  },
};

/** The runs of a recording with their kinds. */
function kindsOf<T>(runs: { [kind in Kind]?: T }): [Kind, T][] {
  return Object.entries(runs) as [Kind, T][];
}

/**
 * Makes a recording of the book.
 *
 * @throws {RangeError} If no recording has that name.
 *
 * @param name One of {@linkcode RECORDINGS}.
 * @param root The folder of the project.
 * @param folder Where files are kept meanwhile, as a path from there.
 */
export async function makeRecording(
  name: string,
  root: URL,
  folder: string,
): Promise<Recording> {
  const plan = RECORDINGS[name];
  if (plan === undefined) throw new RangeError(`No recording ${name}`);
  const runs: Recording["runs"] = {};
  for (const [kind, commands] of kindsOf(plan.runs)) {
    runs[kind] = await recordRun(commands, plan, root, new URL(folder, root));
  }
  return { version: VERSION, runs };
}

async function recordRun(
  commands: Commands,
  { interruptIn }: Plan,
  root: URL,
  folder: URL,
): Promise<RecordedRun> {
  const port = canMove(Object.values(commands)) ? freePort() : PORT;
  const programs = Object.entries(commands)
    .map(([name, words]) => ({ name, command: onPort(words, port) }));
  await Deno.mkdir(folder, { recursive: true });
  const events = await record(programs, {
    cwd: root,
    limit: LIMIT,
    folder,
    ...(interruptIn === undefined ? {} : { interruptIn }),
  });
  return runOf(events, { root, ports: new Map([[port, PORT]]) });
}

/**
 * Whether programs can run on another port: in Deno always, in Python if the port is an
 * argument and not in the code.
 */
export function canMove(commands: string[][]): boolean {
  return commands.every((command) =>
    !fileOf(command).endsWith(".py") || command.includes(String(PORT))
  );
}

/** A command on another port than {@linkcode PORT}. */
export function onPort(command: string[], port: number): string[] {
  const words = command.map((word) =>
    word.replaceAll(new RegExp(`\\b${PORT}\\b`, "g"), String(port))
  );
  const [first = ""] = words;
  if (/\.[jt]s$/.test(first)) {
    return ["deno", "run", ...PERMISSIONS, otherPort(port), ...words];
  }
  return first === "deno"
    ? ["deno", "run", otherPort(port), ...words.slice(2)]
    : words;
}

/**
 * Why a stored recording has to be made again. It depends on the programs alone, not
 * on a run of them: a busy machine cannot change the answer.
 *
 * @param name One of {@linkcode RECORDINGS}.
 * @param stored The recording.
 * @param root The folder of the project.
 * @returns The reason; `null` if it fits its programs.
 */
export function reasonToRecord(
  name: string,
  { version, runs }: Recording,
  root: URL,
): string | null {
  if (version !== VERSION) return `has version ${version}, not ${VERSION}`;
  const stored = kindsOf(runs).map(([kind, { programs }]) => [
    kind,
    programs.map(({ name, file, args }) => [name, [file, ...args]]),
  ]);
  const wanted = kindsOf(RECORDINGS[name]?.runs ?? {})
    .map(([kind, commands]) => [kind, Object.entries(commands)]);
  if (JSON.stringify(stored) !== JSON.stringify(wanted)) {
    return "has other commands than book/tools/record/recordings.ts";
  }
  for (const [, { programs }] of kindsOf(runs)) {
    for (const { file, first, lines } of programs) {
      const text = Deno.readTextFileSync(new URL(file, root));
      const now = JSON.stringify(withoutHeader(text));
      if (now === JSON.stringify({ first, lines })) continue;
      return `does not fit the lines of ${file} any more`;
    }
  }
  return null;
}

/** A recording as the file that is stored. */
export function recordingText(recording: Recording): string {
  const text = JSON.stringify(recording, (key, value) =>
    // Hundredths of a millisecond are enough to keep the order.
    typeof value === "number" && TIMES.includes(key)
      ? Math.round(value * 100) / 100
      : value);
  // A program, a line of it or a call each on a line: so a difference can be read.
  return text.replaceAll(
    /(?=\{"(?:program|name)":|"(?:lines|links|calls)":\[)/g,
    "\n",
  ) + "\n";
}

const TIMES = ["begin", "end", "interrupted"];
