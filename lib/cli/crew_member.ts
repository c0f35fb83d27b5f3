import { Seats } from "../tcp/_connection_limit.ts";
import type { Crew } from "./crew.ts";
import type { FromMember, ToMember } from "./crew_message.ts";
import { CommandError } from "./errors.ts";
import type { ScriptOutput } from "./run.ts";

/** What a Worker has to talk to the thread that has started it. */
export interface MessagePlace<T> {
  /** Called for each message. */
  onmessage: ((event: MessageEvent<ToMember<T>>) => void) | null;
  /** Sends one. */
  postMessage(message: FromMember): void;
}

/**
 * Serves as one of a crew, in a Worker that {@linkcode leadCrew} has started.
 *
 * @param place How to talk to the first of the crew: the Worker's global scope.
 * @param main What to do.
 */
export async function joinCrew<T>(
  place: MessagePlace<T>,
  main: (options: T, output: ScriptOutput, crew: Crew) => Promise<void>,
): Promise<void> {
  const tell = (message: FromMember) => place.postMessage(message);
  const stop = new AbortController();
  let seats: Seats | null = null;
  const begun = Promise.withResolvers<
    Extract<ToMember<T>, { type: "begin" }>
  >();
  place.onmessage = ({ data }) => {
    if (data.type === "begin") begun.resolve(data);
    else if (data.type === "wake") seats?.wake();
    else stop.abort();
  };
  tell({ type: "hears" });
  const { options, size, memory } = await begun.promise;
  const crew: Crew = {
    size,
    signal: stop.signal,
    seats: (most) =>
      seats ??= new Seats({
        most,
        memory,
        onFree: () => tell({ type: "free" }),
      }),
    isFirst() {
      tell({ type: "listens" });
      return Promise.resolve(false);
    },
  };
  const line = (type: "print" | "note" | "trace") => (line: string) =>
    tell({ type, line });
  const output: ScriptOutput = {
    print: line("print"),
    note: line("note"),
    trace: line("trace"),
    write: () => Promise.reject(new Error("A server writes lines")),
  };
  try {
    await main(options, output, crew);
    tell({ type: "ended", failure: null });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    tell({ type: "ended", failure: error.message });
  }
}
