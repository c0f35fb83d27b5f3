import { pause } from "./_accept.ts";
import { FEW } from "./_fair_scheduler.ts";

/** How long to wait for input that may be on its way, in ms. */
const QUIET = 20;

/** The longest time that a timer takes. */
const LONGEST = 2 ** 31 - 1;

/** Where input comes from: a connection, or the listen backlog. */
export interface Input {
  /** Which read or accept waits; `null`: none does, or there are no more. */
  pending(): number | null;
  /** Ends it: the one that waits returns `null`. */
  end(): void;
}

/**
 * Ends inputs when everything that had arrived was taken: each one whose read has
 * waited through a quiet time.
 *
 * A time is quiet if few operations completed in it. If they were about as many as
 * Deno completes in one turn of its loop, ready sockets may be left over. It has two
 * timers, because after a stop of the whole process (SIGSTOP) the first one fires
 * before any socket is looked at.
 */
export async function endInputs(
  inputs: () => Input[],
  completed: () => number,
  over: AbortSignal,
): Promise<void> {
  for (let open; (open = inputs()).length > 0 && !over.aborted;) {
    const before = completed();
    const waiting = open.map((input) => ({ input, pending: input.pending() }));
    await pause(QUIET / 2, over);
    await pause(QUIET / 2, over);
    if (over.aborted || completed() - before > FEW) continue;
    for (const { input, pending } of waiting) {
      if (pending !== null && input.pending() === pending) input.end();
    }
  }
}

/** Calls `onLate` after so many ms, unless it is disposed before; `Infinity`: never. */
export function limit(ms: number, onLate: () => void): Disposable {
  const timer = ms > LONGEST ? undefined : setTimeout(onLate, ms);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
