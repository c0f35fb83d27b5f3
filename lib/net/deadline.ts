import { systemClock } from "./clock.ts";

/** Options of {@linkcode deadline}. */
export interface DeadlineOptions {
  /** Ends the wait: the promise rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/** How often, and each time for how long in ms, to look again after the time-out. */
const LOOKS = { count: 2, each: 10 };

/**
 * Settles as `promise` does, or rejects with a `TimeoutError` after `timeout`
 * milliseconds. What the promise stands for goes on all the same.
 *
 * It is the function of that name in `@std/async`, for a program that may be stopped
 * (Ctrl-Z) for longer than its time-out: when it goes on, its timer fires before a
 * result that lies ready is delivered. So the time-out is followed by two moments in
 * which the system is asked once more.
 *
 * @throws {DOMException} A `TimeoutError`.
 * @throws {unknown} The reason of the signal, if that is aborted.
 * @param promise What to wait for.
 * @param timeout The longest wait, in milliseconds; `Infinity`: no limit.
 * @param options What else ends the wait.
 * @returns What the promise resolves to.
 *
 * @example
 * ```ts
 * import { deadline } from "./mod.ts";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * assertEquals(await deadline(Promise.resolve(1), 1_000), 1);
 * await assertRejects(() => deadline(new Promise(() => {}), 1), DOMException);
 * ```
 */
export async function deadline<T>(
  promise: Promise<T>,
  timeout: number,
  { signal }: DeadlineOptions = {},
): Promise<T> {
  signal?.throwIfAborted();
  const { promise: never, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  let looks = 0;
  let cancel = () => {};
  const wait = (milliseconds: number) => {
    cancel = systemClock.later(late, milliseconds);
  };
  const late = () => {
    if (looks++ < LOOKS.count) wait(LOOKS.each);
    else reject(new DOMException("Not done in time", "TimeoutError"));
  };
  if (timeout < Infinity) wait(timeout);
  try {
    return await Promise.race([promise, never]);
  } finally {
    cancel();
    signal?.removeEventListener("abort", abort);
  }
}
