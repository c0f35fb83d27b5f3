/**
 * How long to wait for an acknowledgement before a packet is sent again. Too short a
 * wait fills the network with copies, too long a wait leaves it idle. The right one
 * depends on the network, so it is measured.
 */

/** How long to wait for an acknowledgement: TCP's rule (RFC 6298). */
export class RetransmissionTimer {
  /** The wait, in milliseconds; before anything is known, one second. */
  timeout = 1_000;
  #mean: number | null = null;
  #deviation = 0;

  /** Takes the time from a packet that was sent once to its acknowledgement. */
  measured(ms: number): void {
    this.#deviation = this.#mean === null
      ? ms / 2
      : 0.75 * this.#deviation + 0.25 * Math.abs(this.#mean - ms);
    this.#mean = this.#mean === null ? ms : 0.875 * this.#mean + 0.125 * ms;
    this.timeout = clamp(this.#mean + 4 * this.#deviation);
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
    this.timeout = clamp(this.timeout * 2);
  }
}

/**
 * 200 ms at least, as in Linux. At most a second, so that a peer that gives up after
 * ten seconds has been sent many copies before.
 */
function clamp(timeout: number): number {
  return Math.min(Math.max(timeout, 200), 1_000);
}
