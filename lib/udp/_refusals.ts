/** The shortest time between two reports of one kind, in milliseconds. */
const INTERVAL = 1_000;

/** What was refused for one reason since the last report. */
interface Kind {
  count: number;
  last: Deno.NetAddr;
  reportedAt: number;
}

/**
 * Counts datagrams that are not answered, and reports their number: the first one
 * at once, and then at most one report a second for each reason.
 *
 * It has no timer, which would keep a test or a program waiting: what is left is
 * reported with the next datagram, or at the end.
 */
export class Refusals {
  readonly #onError: (error: Error, remoteAddr: Deno.NetAddr) => void;
  readonly #now: () => number;
  readonly #kinds = new Map<string, Kind>();

  /**
   * Counts nothing yet.
   *
   * @param onError Takes each report, and the last sender that it is about.
   * @param now The time in milliseconds.
   */
  constructor(
    onError: (error: Error, remoteAddr: Deno.NetAddr) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#onError = onError;
    this.#now = now;
  }

  /** Counts a datagram that is not answered. */
  add(reason: string, sender: Deno.NetAddr): void {
    const kind = this.#kinds.get(reason);
    if (kind === undefined) {
      const first = { count: 1, last: sender, reportedAt: -Infinity };
      this.#kinds.set(reason, first);
    } else {
      kind.count++;
      kind.last = sender;
    }
    this.report();
  }

  /** Reports what has waited for long enough. */
  report(): void {
    if (this.#kinds.size > 0) this.#report(INTERVAL);
  }

  /** Reports all that is left. */
  flush(): void {
    this.#report(0);
  }

  #report(interval: number): void {
    const now = this.#now();
    for (const [reason, kind] of this.#kinds) {
      const { count, last, reportedAt } = kind;
      if (count === 0 || now - reportedAt < interval) continue;
      const datagrams = count === 1 ? "1 datagram" : `${count} datagrams`;
      this.#onError(new Error(`${datagrams} not answered: ${reason}`), last);
      kind.count = 0;
      kind.reportedAt = now;
    }
  }
}
