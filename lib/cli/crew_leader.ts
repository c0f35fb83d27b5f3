import { Seats } from "../tcp/_connection_limit.ts";
import type { Crew } from "./crew.ts";
import type { FromMember, ToMember } from "./crew_message.ts";
import { CommandError, explainError } from "./errors.ts";
import type { ScriptOutput } from "./run.ts";

/** What a server of several threads is told, besides what else it is told. */
export interface CrewOptions {
  /** On which address. */
  hostname: string;
  /** Where to listen; 0: the first finds a port, and the others take the same. */
  port: number;
  /** How many threads serve, this one included. */
  workers: number;
}

/**
 * Serves with several threads: this one, and Workers that run the same module. The
 * kernel deals the clients out among those who listen on a port with `reusePort`.
 *
 * There is one shutdown, one count of conversations and one place where lines are
 * written, all in this thread. If one of them fails, all end.
 *
 * @throws {CommandError} If one of them fails, in the words of the first that did, or if
 * the module may not be read, which is done anew for each Worker.
 * @param module The module of the Workers, which joins the crew when it is run.
 * @param options What each is told, with the port that the first has found.
 * @param output Where the lines of all go.
 * @param signal What ends them.
 * @param main What each of them does.
 */
export async function leadCrew<T extends CrewOptions>(
  module: string,
  options: T,
  output: ScriptOutput,
  signal: AbortSignal,
  main: (options: T, output: ScriptOutput, crew: Crew) => Promise<void>,
): Promise<void> {
  await mayRead(module);
  seeThatItIsFree(options);
  const failed = new AbortController();
  const members: Member<T>[] = [];
  const memory = new Seats({ most: 0 }).memory;
  let own: Seats | null = null;
  const wakeAll = (except?: Member<T>) => {
    if (except) own?.wake();
    for (const member of members) if (member !== except) member.wake();
  };
  const crew: Crew = {
    size: options.workers,
    signal: AbortSignal.any([signal, failed.signal]),
    seats: (most) => own ??= new Seats({ most, memory, onFree: wakeAll }),
    async isFirst(port) {
      while (members.length < options.workers - 1) {
        const member: Member<T> = new Member(module, output, {
          onFree: () => wakeAll(member),
          onFailure: (failure) => failed.abort(failure),
        });
        members.push(member);
        member.begin({ ...options, port }, options.workers, memory);
      }
      await Promise.all(members.map(({ listens }) => listens));
      failed.signal.throwIfAborted();
      return true;
    },
  };
  crew.signal.addEventListener("abort", () => {
    for (const member of members) member.stop();
  });
  try {
    await main(options, output, crew);
  } finally {
    failed.abort();
    await Promise.all(members.map(({ ended }) => ended));
  }
  if (failed.signal.reason instanceof CommandError) throw failed.signal.reason;
}

/** A Worker, as the first of the crew sees it. */
class Member<T> {
  /** Settles once it listens, or has failed to. */
  readonly listens: Promise<void>;
  /** Settles once it has ended. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  /** What a Worker is told before it hears is lost: it is kept until then. */
  #untold: ToMember<T>[] | null = [];

  constructor(
    module: string,
    output: ScriptOutput,
    on: { onFree: () => void; onFailure: (failure: CommandError) => void },
  ) {
    const listens = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    this.listens = listens.promise;
    this.ended = ended.promise;
    this.#worker = new Worker(module, { type: "module" });
    this.#worker.onmessage = ({ data }: MessageEvent<FromMember>) => {
      switch (data.type) {
        case "hears":
          return this.#tellAll();
        case "listens":
          return listens.resolve();
        case "free":
          return on.onFree();
        case "ended":
          if (data.failure !== null) {
            on.onFailure(new CommandError(data.failure));
          }
          listens.resolve();
          ended.resolve();
          return this.#worker.terminate();
        default:
          output[data.type](data.line);
      }
    };
  }

  begin(options: T, size: number, memory: SharedArrayBuffer): void {
    this.#tell({ type: "begin", options, size, memory });
  }

  wake(): void {
    this.#tell({ type: "wake" });
  }

  stop(): void {
    this.#tell({ type: "stop" });
  }

  #tell(message: ToMember<T>): void {
    if (this.#untold) this.#untold.push(message);
    else this.#worker.postMessage(message);
  }

  #tellAll(): void {
    for (const message of this.#untold ?? []) this.#worker.postMessage(message);
    this.#untold = null;
  }
}

/** Who lets others listen on its port lets in anyone's listeners: nobody's may be. */
function seeThatItIsFree({ hostname, port }: CrewOptions): void {
  try {
    Deno.listen({ hostname, port }).close();
  } catch (error) {
    const attempt = { action: "listen on", transport: "TCP" } as const;
    throw explainError(error, { ...attempt, hostname, port });
  }
}

/** A Worker reads its modules anew, and Deno asks whether it may. */
async function mayRead(module: string): Promise<void> {
  const path = new URL(".", module);
  if (path.protocol !== "file:") return;
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state === "granted") return;
  throw new CommandError(
    "Cannot start workers: each reads the program anew, and Deno may not; grant --allow-read=. in the program's directory",
  );
}
