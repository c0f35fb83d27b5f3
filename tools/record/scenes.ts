import { otherPort } from "../../tests/support/other_port.ts";
import { freePort } from "../docs/free_port.ts";
import { type Program, record } from "./recorder.ts";
import { type Scene, type Take, VERSION } from "./take.ts";
import { takeOf } from "./take_of.ts";

/** The port in the chapters. */
const PORT = 9999;

/** Where the scenes are stored. */
export const FOLDER = "docs/scenes/";

/** A scene may take this long, in milliseconds. */
const LIMIT = 30_000;

/** The programs of a scene by their names, each with its arguments. */
type Cast = Record<string, string[]>;

const SERVER = ["examples/2-tcp-server/plain.ts"];
const CLIENT = ["examples/2-tcp-server/plain_client.ts"];
const PYTHON_SERVER = ["tests/interop/tcp_server.py", String(PORT)];
const PYTHON_CLIENT = ["tests/interop/tcp_client.py", String(PORT)];

/** The scenes, by the names of their pictures in the chapters. */
export const SCENES: Record<
  string,
  { [language in keyof Scene["takes"]]: Cast }
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
 * Records a scene.
 *
 * @param name One of {@linkcode SCENES}.
 * @param root The folder of the project.
 */
export async function recordScene(name: string, root: URL): Promise<Scene> {
  const takes: Scene["takes"] = {};
  for (const [language, cast] of Object.entries(SCENES[name]!)) {
    takes[language as keyof Scene["takes"]] = await recordTake(cast, root);
  }
  return { version: VERSION, takes };
}

async function recordTake(cast: Cast, root: URL): Promise<Take> {
  const port = freePort();
  const programs = Object.entries(cast).map(([name, words]): Program => {
    const args = words.map((word) => word === String(PORT) ? `${port}` : word);
    if (words[0]?.endsWith(".py")) return { name, command: args };
    const net = "--allow-net=127.0.0.1";
    return { name, command: ["deno", "run", net, otherPort(port), ...args] };
  });
  const folder = new URL(FOLDER, root);
  await Deno.mkdir(folder, { recursive: true });
  const events = await record(programs, { cwd: root, limit: LIMIT, folder });
  return takeOf(events, { root, ports: new Map([[port, PORT]]) });
}

/**
 * Whether two recordings of a scene show the same: the programs and their lines,
 * and for each of their tasks the calls and the bytes, in order. Times may differ,
 * and so may the order in which different tasks get their turn.
 */
export function isSameScene(a: Scene, b: Scene): boolean {
  return JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));
}

function comparable({ version, takes }: Scene) {
  return {
    version,
    takes: Object.entries(takes).map(([language, take]) => ({
      language,
      links: take.links,
      programs: take.programs.map(({ end: _, ...program }, p) => ({
        ...program,
        tasks: tasksOf(take, p),
      })),
    })),
  };
}

function tasksOf({ calls }: Take, program: number) {
  const tasks: Record<number, unknown[]> = {};
  for (const { begin: _, end, ...call } of calls) {
    if (call.program !== program) continue;
    (tasks[call.task] ??= []).push({ ...call, isDone: end !== undefined });
  }
  return tasks;
}

/** A scene as the file that is stored. */
export function sceneText(scene: Scene): string {
  const text = JSON.stringify(scene, (key, value) =>
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
