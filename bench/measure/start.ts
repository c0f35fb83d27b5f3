import { deadline } from "@std/async/deadline";
import { BIND } from "../../tests/support/mod.ts";
import { run, start } from "../load/run.ts";
import type { Setting } from "../setting.ts";

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
 * printed where it listens, a client has connected, or has sent. They are started
 * as a reader does it, without an argument, and so need port 9999.
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
    for (const script of ["tcp_server.ts", "udp_server.ts"]) {
      await using started = new AsyncDisposableStack();
      await time(
        script,
        () => started.use(start([...deno, script])).line(BIND),
      );
    }
    {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: PORT });
      await using started = new AsyncDisposableStack();
      await time("tcp_client.ts", async () => {
        started.use(start([...deno, "tcp_client.ts"]));
        (await deadline(listener.accept(), LIMIT)).close();
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
      await deadline(socket.receive(), LIMIT);
    });
    socket.close();
  }
}
