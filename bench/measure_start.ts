import { run } from "./run.ts";
import type { Setting } from "./setting.ts";

/** What the scripts' start is compared with. */
export const EMPTY = "an empty Deno script";
/** Python, with what such a program needs. */
export const PYTHON = "Python with argparse and socket";
/** The scripts, in the order of the table. */
export const SCRIPTS = [
  "tcp_server.ts",
  "tcp_client.ts",
  "udp_server.ts",
  "udp_client.ts",
];

const PORT = 9999;

/**
 * Sees early that nobody has the port that {@linkcode measureStart} needs.
 *
 * @throws {Error} If somebody has.
 */
export function needPort(): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port: PORT }).close();
  } catch (cause) {
    throw new Error(`Port ${PORT} is in use: stop who has it`, { cause });
  }
}

/**
 * How long each script takes from its start until it does what it is for: a
 * server has said where it listens, a client has connected, or has sent. They are
 * started as a reader does it, without an argument, and so need port 9999.
 */
export async function measureStart(
  { built, figures, starts }: Setting,
): Promise<void> {
  const deno = [Deno.execPath(), "run", "--allow-net=127.0.0.1"];
  await Deno.writeTextFile(`${built}/empty.ts`, "");
  await Deno.writeTextFile(`${built}/start.py`, "import argparse, socket\n");
  const time = async (name: string, start: () => Promise<unknown>) => {
    const began = performance.now();
    await start();
    figures.add(name, "start", performance.now() - began);
  };
  for (let i = 0; i < starts; i++) {
    await time(EMPTY, () => run([...deno, `${built}/empty.ts`]));
    await time(PYTHON, () => run(["python3", `${built}/start.py`]));
    for (const script of ["tcp_server.ts", "udp_server.ts"]) {
      await using started = new AsyncDisposableStack();
      await time(script, async () => {
        const server = started.use(start([...deno, script], "piped"));
        const output = server.stdout.getReader();
        started.defer(() => output.cancel());
        await output.read();
      });
    }
    {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: PORT });
      await using started = new AsyncDisposableStack();
      await time("tcp_client.ts", async () => {
        started.use(start([...deno, "tcp_client.ts"]));
        (await listener.accept()).close();
      });
    }
    const socket = Deno.listenDatagram({
      transport: "udp",
      hostname: "127.0.0.1",
      port: PORT,
    });
    await using started = new AsyncDisposableStack();
    await time("udp_client.ts", async () => {
      started.use(start([...deno, "udp_client.ts"]));
      await socket.receive();
    });
    socket.close();
  }
}

function start(
  [program = "", ...args]: string[],
  stdout: "null" | "piped" = "null",
): Deno.ChildProcess {
  return new Deno.Command(program, { args, stdout, stderr: "null" }).spawn();
}
