import { Shutdown } from "./_signals.ts";
import type { ServerCommand } from "./command.ts";
import { type Crew, crewOfOne } from "./crew.ts";
import type { CrewOptions } from "./crew_leader.ts";
import type { MessagePlace } from "./crew_member.ts";
import { runScript, type ScriptOutput } from "./run.ts";

/** What a server does with its options; with `--workers` each of them. */
export type ServerMain<T> = (
  options: T,
  output: ScriptOutput,
  crew: Crew,
) => Promise<void>;

/**
 * Runs a server script from its command line to its exit status: what `runScript`
 * does, with Ctrl-C and with `--workers`.
 *
 * The first signal ends the crew, the second one the process. For each of the crew
 * but the first, which is this thread, a Worker runs the same script, comes to this
 * same function and joins in. Where the port cannot be shared the first serves
 * alone, and a line says so.
 *
 * @param command What the command line may hold.
 * @param args The command line: `Deno.args`.
 * @param module The script: its `import.meta`.
 * @param main What to do.
 *
 * @example
 * ```ts ignore
 * import { tcpServer, type TcpServerOptions } from "./commands.ts";
 * import { runServer, type ServerMain } from "./run_server.ts";
 *
 * const main: ServerMain<TcpServerOptions> = async (options, output, crew) => {
 *   using listener = Deno.listen({ ...options, reusePort: crew.size > 1 });
 *   if (await crew.isFirst(listener.addr.port)) output.print("All listen");
 * };
 * await runServer(tcpServer, Deno.args, import.meta, main);
 * ```
 */
export async function runServer<T extends CrewOptions>(
  command: ServerCommand<T>,
  args: string[],
  { url }: { readonly url: string },
  main: ServerMain<T>,
): Promise<void> {
  if (isWorker(globalThis)) {
    const { joinCrew } = await import("./crew_member.ts");
    return await joinCrew(globalThis as unknown as MessagePlace<T>, main);
  }
  await runScript(command, args, async (options, output) => {
    using shutdown = new Shutdown({ force: () => Deno.exit(130) });
    const { signal } = shutdown;
    if (options.workers > 1) {
      const { whyNotShared } = await import("./port_sharing.ts");
      const refusal = whyNotShared(command.transport, Deno.build.os);
      if (refusal === null) {
        const { leadCrew } = await import("./crew_leader.ts");
        return await leadCrew(url, options, output, signal, main);
      }
      output.note(`One worker serves, not ${options.workers}: ${refusal}`);
    }
    await main(options, output, crewOfOne(signal));
  });
}

/** Only a Worker has this class. */
function isWorker(scope: object): boolean {
  return "WorkerGlobalScope" in scope;
}
