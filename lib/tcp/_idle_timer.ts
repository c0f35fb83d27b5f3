/** In how many steps a timeout passes. */
const STEPS = 16;

/** Who waits now and then, and may wait too long. */
export interface Waiter {
  /** The {@linkcode IdleTimer.step} at which it began to wait; -1: it does not. */
  readonly waitingSince: number;
  /** Called when it has waited for too long. */
  giveUp(): void;
}

/**
 * Endpoints waits that last too long: one timer for any number of those who wait.
 *
 * It is made for many waits of which nearly none is long, such as the reads of
 * thousands of connections, for which a timer each would cost as much as the
 * reading. So it counts in steps of a sixteenth of the timeout. To begin a wait is
 * to note the step, which costs nothing, and at each step it looks at everyone. No
 * wait is ended too early, and none lasts longer than a sixteenth, or 17 ms, more.
 *
 * @example
 * ```ts
 * import { IdleTimer } from "./_idle_timer.ts";
 *
 * const idle = new IdleTimer(20);
 * const { promise, resolve } = Promise.withResolvers<void>();
 * const patient = { waitingSince: idle.step, giveUp: resolve };
 * idle.watch(patient);
 * await promise;
 * idle.forget(patient);
 * ```
 */
export class IdleTimer {
  readonly #timeout: number;
  readonly #clock: Clock;
  readonly #watched = new Set<Waiter>();
  #cancel: (() => void) | null = null;
  #step = 0;

  /**
   * Makes a timer that runs only while there is somebody to look at.
   *
   * @param timeout The longest wait allowed, in milliseconds; 0: any.
   * @param clock What calls back when time has passed.
   */
  constructor(timeout: number, clock: Clock = systemClock) {
    this.#timeout = timeout;
    this.#clock = clock;
  }

  /** How many steps have passed. */
  get step(): number {
    return this.#step;
  }

  /** Looks at somebody from now on. */
  watch(waiter: Waiter): void {
    if (this.#timeout === 0) return;
    this.#watched.add(waiter);
    if (this.#cancel === null) this.#arm();
  }

  /** Looks at somebody no longer. */
  forget(waiter: Waiter): void {
    this.#watched.delete(waiter);
    if (this.#watched.size > 0) return;
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(): void {
    this.#cancel = this.#clock.later(() => {
      this.#step++;
      this.#arm();
      for (const waiter of this.#watched) {
        const since = waiter.waitingSince;
        // The step in which it began has not passed as a whole.
        if (since >= 0 && this.#step - since > STEPS) waiter.giveUp();
      }
    }, Math.ceil(this.#timeout / STEPS));
  }
}

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
 * import { systemClock } from "./_idle_timer.ts";
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
