/**
 * How long to wait for an acknowledgement before a packet is sent again. Too short a
 * wait fills the network with copies, too long a wait leaves it idle. The right one
 * depends on the network, so it is measured.
 */

/** 200 ms at least, as in Linux. */
const LEAST = 200;

/** The longest back-off of a short wait: of many copies, one arrives before a time-out. */
const LONGEST_BACK_OFF = 1_000;

/** How long to wait for an acknowledgement: TCP's rule (RFC 6298). */
export class RetransmissionTimer {
  /** The wait, in milliseconds; before anything is known, one second. */
  timeout = 1_000;
  #mean: number | null = null;
  #deviation = 0;
  /** The shortest time to the acknowledgement of a packet that was sent again. */
  #shortest = Infinity;

  /** `longest` is the longest wait that is of use, in milliseconds. */
  constructor(private readonly longest: number) {}

  /** Takes the time from a packet that was sent once to its acknowledgement. */
  measured(ms: number): void {
    this.#deviation = this.#mean === null
      ? ms / 2
      : 0.75 * this.#deviation + 0.25 * Math.abs(this.#mean - ms);
    this.#mean = this.#mean === null ? ms : 0.875 * this.#mean + 0.125 * ms;
    this.#shortest = Infinity;
    this.timeout = Math.max(LEAST, this.#mean + 4 * this.#deviation);
  }

  /**
   * Takes the time from the first copy of a packet to its acknowledgement. Which copy
   * is acknowledged is unknown, so nothing is measured (Karn's algorithm). But a round
   * trip may take that long. With a shorter wait every packet would be sent twice, and
   * nothing would ever be measured. The wait grows by a quarter at most, as most of
   * that time may have been losses.
   */
  ambiguous(ms: number): void {
    this.#shortest = Math.min(this.#shortest, ms);
    const wait = Math.min(
      1.5 * this.#shortest,
      1.25 * this.timeout,
      this.longest,
    );
    this.timeout = Math.max(this.timeout, wait);
  }

  /**
   * How long to wait if a packet that was sent later has arrived: a little more than
   * the way there and back (QUIC's rule: RFC 9002, 6.1.2).
   */
  get overtaken(): number {
    return Math.max(1, 9 / 8 * (this.#mean ?? this.timeout));
  }

  /** Doubles the wait: nothing came, so the network may be full. */
  backOff(): void {
    const doubled = Math.min(2 * this.timeout, LONGEST_BACK_OFF);
    this.timeout = Math.max(this.timeout, doubled);
  }
}
