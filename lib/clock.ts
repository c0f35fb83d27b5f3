/** What tells the time and calls back later; a test hands in its own. */
export interface Clock {
  /** Milliseconds that only ever grow, from any beginning. */
  now(): number;
  /**
   * Calls `callback` once, `delay` milliseconds from now or a little later.
   *
   * @returns A function that takes it back.
   */
  later(callback: () => void, delay: number): () => void;
}

/**
 * The machine's clock. It goes on evenly when the date is set.
 *
 * @example
 * ```ts
 * import { systemClock } from "./clock.ts";
 * import { assert } from "@std/assert";
 *
 * const start = systemClock.now();
 * assert(systemClock.now() >= start);
 * ```
 */
export const systemClock: Clock = {
  now: () => performance.now(),
  later(callback, delay) {
    const timer = setTimeout(callback, delay);
    return () => clearTimeout(timer);
  },
};
