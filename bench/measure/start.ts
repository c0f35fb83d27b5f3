import { deadline } from "@std/async/deadline";
import { BIND } from "../../tests/support/mod.ts";
import { run, start } from "../load/run.ts";
import type { Setting } from "../setting.ts";

/** What the scripts' start is compared with. */
export const EMPTY = "an empty Deno script";
/** Python, with what such a program needs. */
export const PYTHON = "Python with argparse and socket";
/** The tutorial's server in Python, until it listens. */
export const PYTHON_SERVER = "the tutorial's server in Python";

/** The scripts, as a reader starts them first, and with arguments. */
const COMMANDS: Record<string, string[]> = {
  "tcp_server.ts": [],
  "tcp_client.ts": [],
  "udp_server.ts": [],
  "udp_client.ts": [],
  "tcp_server.ts --delay 0": ["--delay", "0"],
  "tcp_client.ts Michael": ["Michael"],
  "udp_server.ts --quiet": ["--quiet"],
  "udp_client.ts Michael": ["Michael"],
};

/** The scripts with their arguments, in the order of the table. */
export const SCRIPTS: string[] = Object.keys(COMMANDS);

const PORT = 9999;

/** How long a client may take to come, in milliseconds. */
const LIMIT = 30_000;

/**
 * Fails early if another program has the port that {@linkcode measureStart} needs.
 *
 * @throws {Error} If one has it.
 */
export function checkPort(): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port: PORT }).close();
  } catch (cause) {
    throw new Error(
      `Port ${PORT} is in use; stop the program that uses it`,
      { cause },
    );
  }
}

/**
 * How long each script takes from its start until its first action: a server has
 * printed where it listens, a client has connected, or has sent. They are started as
 * a reader does it, and so need port 9999.
 */
export async function measureStart(
  { built, figures, starts }: Setting,
): Promise<void> {
  const deno = [Deno.execPath(), "run", "--allow-net=127.0.0.1"];
  await Deno.writeTextFile(`${built}/empty.ts`, "");
  await Deno.writeTextFile(`${built}/start.py`, "import argparse, socket\n");
  const time = async (name: string, action: () => Promise<unknown>) => {
    const began = performance.now();
    await action();
    figures.add(name, "start", performance.now() - began);
  };
  for (let i = 0; i < starts; i++) {
    await time(EMPTY, () => run([...deno, `${built}/empty.ts`]));
    await time(PYTHON, () => run(["python3", `${built}/start.py`]));
    const server = ["python3", "tests/interop/tcp_server.py", "0"];
    await untilLine(server, (action) => time(PYTHON_SERVER, action));
    for (const [name, args] of Object.entries(COMMANDS)) {
      const [script = ""] = name.split(" ");
      const command = [...deno, script, ...args];
      const measure = (action: () => Promise<unknown>) => time(name, action);
      if (script.endsWith("_server.ts")) await untilLine(command, measure);
      else if (script === "tcp_client.ts") await untilAccept(command, measure);
      else await untilDatagram(command, measure);
    }
  }
}

type Measure = (action: () => Promise<unknown>) => Promise<void>;

async function untilLine(command: string[], measure: Measure): Promise<void> {
  await using started = new AsyncDisposableStack();
  await measure(() => started.use(start(command)).line(BIND));
}

async function untilAccept(command: string[], measure: Measure): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: PORT });
  await using started = new AsyncDisposableStack();
  await measure(async () => {
    started.use(start(command));
    (await deadline(listener.accept(), LIMIT)).close();
  });
}

async function untilDatagram(
  command: string[],
  measure: Measure,
): Promise<void> {
  const local = { hostname: "127.0.0.1", port: PORT } as const;
  const socket = Deno.listenDatagram({ transport: "udp", ...local });
  await using started = new AsyncDisposableStack();
  await measure(async () => {
    started.use(start(command));
    await deadline(socket.receive(), LIMIT);
  });
  socket.close();
}
