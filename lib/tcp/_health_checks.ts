/** This many visits without a byte, each within the interval, are health checks. */
const VISITS = 3;

/** The longest time from one health check to the next, in milliseconds. */
const INTERVAL = 60_000;

/** The most hosts that are remembered. */
const MAX_HOSTS = 1_000;

/** The visits of a host that sent nothing. */
interface Visits {
  count: number;
  /** When the last one ended. */
  last: number;
}

/**
 * Recognizes the health checks of a load balancer: connections that are opened and
 * closed again and again without a byte. Logging each of them would fill a log.
 */
export class HealthChecks {
  readonly #now: () => number;
  readonly #visits = new Map<string, Visits>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether the next connection of a host is probably a health check. */
  isExpectedFrom(hostname: string): boolean {
    return (this.#recent(hostname)?.count ?? 0) >= VISITS;
  }

  /** Notes a visit without a byte. */
  add(hostname: string): void {
    const count = (this.#recent(hostname)?.count ?? 0) + 1;
    this.#visits.delete(hostname);
    this.#visits.set(hostname, { count, last: this.#now() });
    const [oldest] = this.#visits.keys();
    if (this.#visits.size > MAX_HOSTS && oldest !== undefined) {
      this.#visits.delete(oldest);
    }
  }

  #recent(hostname: string): Visits | null {
    const visits = this.#visits.get(hostname);
    return visits && this.#now() - visits.last <= INTERVAL ? visits : null;
  }
}
