import { type Clock, systemClock } from "../net/clock.ts";

/** In place of a time: no read or write is pending. */
const NOT_WAITING = -1;

/** In place of a time: the wait has begun since the timer looked last. */
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
export class IdleTimer {
  readonly #timeout: number;
  readonly #clock: Clock;
  readonly #waits = new Set<Wait>();
  #cancel: (() => void) | null = null;

  /** Makes a timer for a timeout in milliseconds, above 0 and not `Infinity`. */
  constructor(timeout: number, clock: Clock = systemClock) {
    this.#timeout = timeout;
    this.#clock = clock;
  }

  /** Watches a connection, until its wait is stopped; it is called with the timeout. */
  watch(timeOut: (timeout: number) => void): Wait {
    const wait = new Wait(timeOut, () => this.#remove(wait));
    this.#waits.add(wait);
    if (this.#cancel === null) this.#arm();
    return wait;
  }

  #remove(wait: Wait): void {
    this.#waits.delete(wait);
    if (this.#waits.size > 0) return;
    this.#cancel?.();
    this.#cancel = null;
  }

  #arm(): void {
    const delay = this.#timeout / LOOKS;
    this.#cancel = this.#clock.later(() => this.#look(), delay);
  }

  #look(): void {
    this.#arm();
    const now = this.#clock.now();
    for (const wait of this.#waits) {
      if (wait.since === JUST_BEGUN) wait.since = now;
      else if (
        wait.since !== NOT_WAITING && now - wait.since >= this.#timeout
      ) {
        wait.timeOut(this.#timeout);
      }
    }
  }
}

/** The pending reads and writes of a connection. */
export class Wait {
  /** The time since which nothing has moved, or one of the two constants. */
  since = NOT_WAITING;
  #pending = 0;

  constructor(
    readonly timeOut: (timeout: number) => void,
    readonly stop: () => void,
  ) {}

  /** A read or a write begins. */
  begin(): void {
    this.#pending++;
    this.since = JUST_BEGUN;
  }

  /** Bytes were moved. */
  restart(): void {
    this.since = JUST_BEGUN;
  }

  /** A read or a write has ended; one in the other direction waits from now on. */
  end(): void {
    this.#pending--;
    this.since = this.#pending === 0 ? NOT_WAITING : JUST_BEGUN;
  }
}
