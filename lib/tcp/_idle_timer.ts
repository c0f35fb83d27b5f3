import { systemClock } from "../net/clock.ts";

/** Thrown when the peer has neither sent nor read anything for the timeout. */
export class IdleTimeoutError extends Error {
  /** The name that a printed error begins with. */
  override name = "IdleTimeoutError";
  /** The timeout in milliseconds. */
  readonly timeout: number;

  /** Makes the error for a timeout in milliseconds. */
  constructor(timeout: number) {
    super(`The peer neither sent nor read data within ${timeout / 1_000} s`);
    this.timeout = timeout;
  }
}

/** In place of a time: nothing is pending; the wait has begun since the last look. */
const NOT_WAITING = -1;
const JUST_BEGUN = -2;

/** How often the timer looks within a timeout. */
const LOOKS = 64;

/**
 * The idle timeout of any number of connections, with one timer for all of them.
 *
 * Nearly every wait of a busy connection is short. A timer for each of them costs as
 * much as the reading, and so does asking for the time. So a wait that begins notes
 * that it has begun, and the timer notes the time when it looks next.
 *
 * No wait ends early. It ends up to 1/64 of the timeout late, and some 20 ms. When the
 * process was stopped (SIGSTOP, a laptop's sleep), the clock has the data that arrived
 * meanwhile delivered first.
 */
export class IdleTimer<T> {
  readonly #timeout: number;
  readonly #timeOut: (owner: T, error: IdleTimeoutError) => void;
  readonly #waits = new Set<Wait<T>>();
  #cancel: (() => void) | null = null;

  /** Takes a timeout in ms, above 0, and what is done to an owner then. */
  constructor(
    timeout: number,
    timeOut: (owner: T, error: IdleTimeoutError) => void,
  ) {
    this.#timeout = timeout;
    this.#timeOut = timeOut;
  }

  watch(owner: T): Wait<T> {
    const wait = new Wait(owner, this);
    this.#waits.add(wait);
    return wait;
  }

  delete(wait: Wait<T>): void {
    this.#waits.delete(wait);
    if (this.#waits.size > 0) return;
    this.#cancel?.();
    this.#cancel = null;
  }

  /** Looks as long as anything is pending: a running timer keeps the program alive. */
  start(): void {
    if (this.#cancel !== null) return;
    const delay = this.#timeout / LOOKS;
    this.#cancel = systemClock.later(() => this.#look(), delay);
  }

  #look(): void {
    this.#cancel = null;
    const now = systemClock.now();
    for (const wait of this.#waits) {
      if (wait.since === NOT_WAITING) continue;
      this.start();
      if (wait.since === JUST_BEGUN) wait.since = now;
      if (now - wait.since >= this.#timeout) {
        this.#timeOut(wait.owner, new IdleTimeoutError(this.#timeout));
      }
    }
  }
}

/** Whether a connection waits for its peer. */
export class Wait<T> {
  /** The time since which nothing has moved, or one of the two constants. */
  since = NOT_WAITING;

  constructor(readonly owner: T, readonly timer: IdleTimer<T>) {}

  /** A read or a write begins, or a part of a write has been taken. */
  begin(): void {
    this.since = JUST_BEGUN;
    this.timer.start();
  }

  /** A read or a write has ended. If another one is pending, that waits from now on. */
  end(isPending: boolean): void {
    this.since = isPending ? JUST_BEGUN : NOT_WAITING;
  }

  stop(): void {
    this.timer.delete(this);
  }
}
