/** Servers as processes, for the experiments of chapter 8. */

/** Programs that were started; those that still run end with this program. */
const started: Deno.ChildProcess[] = [];

/** Starts a program. It gets SIGTERM when this one is told to stop. */
export function spawn(command: Deno.Command): Deno.ChildProcess {
  if (started.length === 0) {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      Deno.addSignalListener(signal, stopAll);
    }
  }
  const process = command.spawn();
  started.push(process);
  return process;
}

async function stopAll(): Promise<void> {
  while (started.length > 0) { // Another one may start meanwhile.
    const processes = started.splice(0);
    await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
  }
  Deno.exit(130);
}

/** A server as a process, which ends with the block (`await using`). */
export interface Server extends AsyncDisposable {
  port: number;
  /** Sends SIGTERM, and waits until it has ended. */
  stop(): Promise<Deno.CommandStatus>;
}

/** Starts a server, by its path from this folder, and waits until it listens. */
export async function startServer(
  script: string,
  ...options: string[]
): Promise<Server> {
  const url = new URL(script, import.meta.url).href;
  const process = spawn(
    new Deno.Command("deno", {
      args: ["run", "--allow-net=127.0.0.1", url, ...options],
      stdout: "piped",
    }),
  );
  const { value } = await process.stdout.getReader().read();
  const bind = /^Bind TCP on (\d+)/.exec(new TextDecoder().decode(value));
  if (bind === null) throw new Error(`${script} does not listen`);
  return {
    port: Number(bind[1]),
    stop() {
      process.kill("SIGTERM");
      return process.status;
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
