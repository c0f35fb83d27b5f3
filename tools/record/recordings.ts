import { otherPort } from "../../tests/support/other_port.ts";
import { freePort } from "../docs/free_port.ts";
import { type Program, record } from "./recorder.ts";
import { type RecordedRun, type Recording, VERSION } from "./recording.ts";
import { runOf, withoutHeader } from "./run_of.ts";

/** The port in the chapters. */
const PORT = 9999;

/** Where the recordings are stored. */
export const FOLDER = "docs/recordings/";

/** Limit for one run, in milliseconds. */
const LIMIT = 30_000;

/** The programs of a recording by their names, each with its arguments. */
type Commands = Record<string, string[]>;

const SERVER = ["examples/2-tcp-server/plain.ts"];
const CLIENT = ["examples/2-tcp-server/plain_client.ts"];
const PYTHON_SERVER = ["tests/interop/tcp_server.py", String(PORT)];
const PYTHON_CLIENT = ["tests/interop/tcp_client.py", String(PORT)];

/** The recordings, by the names of their pictures in the chapters. */
export const RECORDINGS: Record<
  string,
  { [language in keyof Recording["runs"]]: Commands }
> = {
  conversation: {
    python: { server: PYTHON_SERVER, client: PYTHON_CLIENT },
    deno: { server: SERVER, client: CLIENT },
  },
  "two-clients": {
    python: {
      server: PYTHON_SERVER,
      "client 1": [...PYTHON_CLIENT, "Michael"],
      "client 2": [...PYTHON_CLIENT, "Tracy", "Sarah"],
    },
    deno: { server: SERVER, "client 1": CLIENT, "client 2": CLIENT },
  },
  crash: {
    deno: {
      server: SERVER,
      client: ["examples/2-tcp-server/reset_client.ts"],
    },
  },
  sticks: {
    deno: {
      server: SERVER,
      client: ["examples/3-tcp-is-a-stream/two_names.ts"],
    },
  },
  "half-close": {
    deno: {
      server: SERVER,
      client: ["examples/3-tcp-is-a-stream/long_name.ts"],
    },
  },
  lost: {
    deno: {
      server: ["examples/4-udp-client/lose_first.ts"],
      client: ["examples/4-udp-client/answers/retry.ts"],
    },
  },
};

/**
 * Records a recording.
 *
 * @param name One of {@linkcode RECORDINGS}.
 * @param root The folder of the project.
 */
export async function makeRecording(
  name: string,
  root: URL,
): Promise<Recording> {
  const runs: Recording["runs"] = {};
  for (const [language, commands] of Object.entries(RECORDINGS[name]!)) {
    runs[language as keyof Recording["runs"]] = await recordRun(commands, root);
  }
  return { version: VERSION, runs };
}

async function recordRun(commands: Commands, root: URL): Promise<RecordedRun> {
  const port = freePort();
  const programs = Object.entries(commands).map(([name, words]): Program => {
    const args = words.map((word) => word === String(PORT) ? `${port}` : word);
    if (words[0]?.endsWith(".py")) return { name, command: args };
    const net = "--allow-net=127.0.0.1";
    return { name, command: ["deno", "run", net, otherPort(port), ...args] };
  });
  const folder = new URL(FOLDER, root);
  await Deno.mkdir(folder, { recursive: true });
  const events = await record(programs, { cwd: root, limit: LIMIT, folder });
  return runOf(events, { root, ports: new Map([[port, PORT]]) });
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
  const wanted = Object.entries(RECORDINGS[name] ?? {});
  const stored = Object.entries(runs);
  const named = ([key]: [string, unknown]) => key;
  if (wanted.map(named).join() !== stored.map(named).join()) {
    return "has other languages than tools/record/recordings.ts";
  }
  for (const [i, [, { programs }]] of stored.entries()) {
    const commands = programs.map(({ name, file, args }) => [
      name,
      [file, ...args],
    ]);
    if (
      JSON.stringify(commands) !==
        JSON.stringify(Object.entries(wanted[i]![1]))
    ) {
      return "has other commands than tools/record/recordings.ts";
    }
    for (const { file, first, lines } of programs) {
      const text = Deno.readTextFileSync(new URL(file, root));
      const now = withoutHeader(text);
      if (JSON.stringify(now) !== JSON.stringify({ first, lines })) {
        return `does not fit the lines of ${file} any more`;
      }
    }
  }
  return null;
}

/** A recording as the file that is stored. */
export function recordingText(recording: Recording): string {
  const text = JSON.stringify(recording, (key, value) =>
    // Hundredths of a millisecond are enough to keep the order.
    typeof value === "number" && ["begin", "end"].includes(key)
      ? Math.round(value * 100) / 100
      : value);
  // A program, a line of it or a call each on a line: so a difference can be read.
  return text.replaceAll(
    /(?=\{"(?:program|name)":|"(?:lines|links|calls)":\[)/g,
    "\n",
  ) + "\n";
}
