/**
 * The sender's side of a sliding window: the packets that have no acknowledgement yet.
 */
import { type Packet, toNumber } from "./packet.ts";
import type { RetransmissionTimer } from "./retransmission_timer.ts";

interface Unacknowledged {
  readonly data: Uint8Array;
  /** When it was sent first and last, and how often it was sent. */
  firstSentAt: number;
  sentAt: number;
  tries: number;
}

/** At most `size` numbers, of which the first one is not acknowledged. */
export class SendWindow {
  /** The number of the next packet. */
  next = 0;
  /** In the order of their numbers. */
  readonly #packets = new Map<number, Unacknowledged>();
  #heardAt = -Infinity;
  /** Wakes the caller of `add`. */
  #wake = () => {};
  /** When the newest packet was sent that has arrived. */
  #arrived = -Infinity;

  constructor(
    private readonly size: number,
    private readonly timer: RetransmissionTimer,
  ) {}

  get #isFull(): boolean {
    const [first = this.next] = this.#packets.keys();
    return this.next >= first + this.size;
  }

  get isEmpty(): boolean {
    return this.#packets.size === 0;
  }

  /** Adds the next packet, which is then due, as soon as there is room. */
  async add(data: Uint8Array): Promise<void> {
    while (this.#isFull) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const times = { firstSentAt: Infinity, sentAt: -Infinity };
    this.#packets.set(this.next++, { data, ...times, tries: 0 });
  }

  /** When a packet is due: sooner, if one that was sent later has arrived before it. */
  #dueAt({ sentAt }: Unacknowledged): number {
    const isOvertaken = sentAt < this.#arrived;
    return sentAt + (isOvertaken ? this.timer.overtaken : this.timer.timeout);
  }

  /** Takes the packets to send: the new ones, and those that have waited long enough. */
  *takeDue(now: number): Generator<[number: number, data: Uint8Array]> {
    let isSilent = false;
    for (const [number, packet] of this.#packets) {
      if (now < this.#dueAt(packet)) continue;
      if (packet.tries > 0 && this.#heardAt < packet.sentAt) isSilent = true;
      packet.firstSentAt = Math.min(packet.firstSentAt, now);
      packet.sentAt = now;
      packet.tries++;
      yield [number, packet.data];
    }
    // A loss is no reason to wait for longer, but it is if nothing comes at all.
    if (isSilent) this.timer.backOff();
  }

  /** When the next packet is due. */
  get dueAt(): number {
    return Math.min(...this.#packets.values().map((p) => this.#dueAt(p)));
  }

  /**
   * Forgets what has arrived: all numbers below that of the acknowledgement, and those
   * of its bitmap (a *selective acknowledgement*), whose bits count from there.
   */
  acknowledge({ number: first, data }: Packet, now: number): void {
    const bitmap = toNumber(data);
    for (const [number, packet] of this.#packets) {
      if (number >= first && bitmap === 0n) break;
      const isInBitmap = number > first &&
        (bitmap >> BigInt(number - first)) % 2n === 1n;
      if (number >= first && !isInBitmap) continue;
      this.#packets.delete(number);
      this.#arrived = Math.max(this.#arrived, packet.sentAt);
      if (packet.tries === 1) this.timer.measured(now - packet.sentAt);
      else this.timer.ambiguous(now - packet.firstSentAt);
    }
    this.#heardAt = now;
    if (!this.#isFull) this.#wake();
  }
}
