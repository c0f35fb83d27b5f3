import { type Clock, systemClock } from "./clock.ts";

/**
 * Calls back when one wait has lasted too long.
 *
 * It is made for many waits of which nearly none is long, such as the reads of
 * a connection. So beginning and ending a wait only notes the time; a timer is
 * set once and looks, when it fires, how much of the present wait is left.
 *
 * @example
 * ```ts
 * import { IdleTimer } from "./idle_timer.ts";
 *
 * const { promise, resolve } = Promise.withResolvers<void>();
 * using timer = new IdleTimer(20, resolve);
 * timer.wait();
 * timer.rest(); // That wait was short.
 * timer.wait();
 * await promise; // This one lasts.
 * ```
 */
export class IdleTimer implements Disposable {
  readonly #timeout: number;
  readonly #onIdle: () => void;
  readonly #clock: Clock;
  #waitingSince: number | null = null;
  #cancel: (() => void) | null = null;

  /**
   * Makes a timer that does not run yet.
   *
   * @param timeout The longest wait allowed, in milliseconds; 0: any.
   * @param onIdle Called once for each wait that lasts longer.
   * @param clock What tells the time.
   */
  constructor(timeout: number, onIdle: () => void, clock: Clock = systemClock) {
    this.#timeout = timeout;
    this.#onIdle = onIdle;
    this.#clock = clock;
  }

  /** Begins a wait. */
  wait(): void {
    if (this.#timeout === 0) return;
    this.#waitingSince = this.#clock.now();
    if (this.#cancel === null) this.#arm(this.#timeout);
  }

  /** Ends the wait. */
  rest(): void {
    this.#waitingSince = null;
  }

  /** Ends the wait and removes the timer. */
  [Symbol.dispose](): void {
    this.rest();
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(milliseconds: number): void {
    this.#cancel = this.#clock.later(() => this.#look(), milliseconds);
  }

  #look(): void {
    this.#cancel = null;
    if (this.#waitingSince === null) return;
    const left = this.#waitingSince + this.#timeout - this.#clock.now();
    if (left > 0) {
      this.#arm(Math.ceil(left));
    } else {
      this.rest();
      this.#onIdle();
    }
  }
}
