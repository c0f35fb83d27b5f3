import { type Clock, systemClock } from "../net/mod.ts";

/** In place of a step: no read or write is pending. */
export const NOT_WAITING = -1;

/** Something that waits for a peer now and then. */
export interface Timed {
  /** The {@linkcode IdleTimer.step} in which the wait began, or NOT_WAITING. */
  readonly waitingSince: number;
  /** Called when the wait has lasted for the whole timeout. */
  timeOut(): void;
}

/** Into how many steps a timeout is divided. */
const STEPS = 64;

/** A timer that is later than this, in ms, was late because the process stood still. */
const SUSPENDED = 100;

/**
 * After that, this many steps end no wait. The timer may fire before the sockets are
 * looked at, and the next one together with that.
 */
const GRACE = 3;

/**
 * The idle timeout of any number of connections, with one timer for all of them.
 *
 * Nearly every wait of a busy connection is short. A timer for each of them costs
 * as much as the reading, and so does asking for the time. So time is counted in
 * steps of 1/64 of the timeout: a connection notes the step in which its wait
 * began, which costs nothing, and the timer looks at all connections in each step.
 *
 * No wait ends early. It ends at most 1/64 of the timeout late, and a few
 * milliseconds where the event loop is busy. When the whole process was stopped for
 * longer (SIGSTOP, a laptop's sleep), what the peer has sent meanwhile is read first.
 */
export class IdleTimer {
  /** The timeout in milliseconds; 0: none. */
  readonly timeout: number;
  readonly #clock: Clock;
  readonly #timed = new Set<Timed>();
  readonly #length: number;
  #cancel: (() => void) | null = null;
  /** When the next step begins, by the clock. */
  #next = 0;
  #step = 0;
  /** How many steps there are from now to the first that may end a wait. */
  #grace = 0;

  constructor(timeout: number, clock: Clock = systemClock) {
    this.timeout = timeout;
    this.#clock = clock;
    this.#length = timeout / STEPS;
  }

  /** The number of the current step. */
  get step(): number {
    return this.#step;
  }

  /** Watches a connection; the timer runs only while it watches at least one. */
  add(timed: Timed): void {
    if (this.timeout === 0) return;
    this.#timed.add(timed);
    if (this.#cancel !== null) return;
    this.#next = this.#clock.now() + this.#length;
    this.#arm();
  }

  /** Stops watching a connection. */
  delete(timed: Timed): void {
    this.#timed.delete(timed);
    if (this.#timed.size > 0) return;
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(): void {
    const delay = Math.max(0, Math.ceil(this.#next - this.#clock.now()));
    this.#cancel = this.#clock.later(() => this.#tick(), delay);
  }

  #tick(): void {
    const late = this.#clock.now() - this.#next;
    // Steps that have passed at once count, so that lateness does not add up.
    const passed = 1 + Math.max(0, Math.floor(late / this.#length));
    this.#next += passed * this.#length;
    this.#step += passed;
    this.#arm();
    // Not again at once: a process that is always late has time-outs all the same.
    if (this.#grace > 0) this.#grace--;
    else if (late > SUSPENDED) this.#grace = GRACE;
    if (this.#grace > 0) return;
    for (const timed of this.#timed) {
      const since = timed.waitingSince;
      // The step in which the wait began has not passed as a whole.
      if (since !== NOT_WAITING && this.#step - since > STEPS) timed.timeOut();
    }
  }
}
