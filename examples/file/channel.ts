/**
 * A transfer, seen from one of its two sides: which packets belong to it, how long to
 * wait for them, and how it is aborted.
 */
import { CommandError } from "../../lib/cli/mod.ts";
import { printable } from "../../lib/text/mod.ts";
import { decode, encode, type Kind, type Packet } from "./packet.ts";
import { RetransmissionTimer } from "./retransmission_timer.ts";

/** How often a packet that is never acknowledged is sent, so that one arrives. */
const COPIES = 10;

/** No packet has this number, as it would be the last one, after 5 TB. */
const NO_NUMBER = 2 ** 32 - 1;

/** What a `UdpClient` is to its server: datagrams of one peer alone. */
export interface Link {
  send(bytes: Uint8Array): Promise<void>;
  /** The next datagram of the transfer; `undefined` if none arrives in time. */
  receive(timeout: number): Promise<Uint8Array | undefined>;
}

/** One side of a transfer. */
export class Channel {
  readonly timer: RetransmissionTimer;
  /** How many datagrams with data were sent. */
  datagrams = 0;
  /** How long to say nothing at most, in milliseconds. */
  readonly idle: number;
  #heardAt = performance.now();

  /**
   * `peer` is its address in words, `limit` how long it may be silent, in milliseconds,
   * and `hint` what is said about its silence.
   */
  constructor(
    readonly link: Link,
    readonly peer: string,
    public id: bigint,
    readonly limit: number,
    readonly hint = () => "is the other program running?",
  ) {
    this.timer = new RetransmissionTimer(limit / 3);
    this.idle = Math.min(limit / 3, 1_000);
  }

  async send(kind: Kind, number: number, data?: Uint8Array): Promise<void> {
    if (kind === "D" && number !== NO_NUMBER) this.datagrams++;
    await this.link.send(encode(kind, this.id, number, data));
  }

  /** Sends a packet until its acknowledgement comes, which is returned. */
  async deliver(
    kind: Kind,
    number: number,
    data?: Uint8Array,
  ): Promise<Packet> {
    const firstSentAt = performance.now();
    for (let tries = 1;; tries++) {
      await this.send(kind, number, data);
      const until = performance.now() + this.timer.timeout;
      for (let ack; (ack = await this.receive(until)) !== null;) {
        // One of an earlier packet may have been doubled, or late.
        if (ack.kind !== "A" || ack.number <= number) continue;
        const time = performance.now() - firstSentAt;
        this.timer[tries === 1 ? "measured" : "ambiguous"](time);
        return ack;
      }
      this.timer.backOff();
    }
  }

  /** Shows that this side is there: a packet that is acknowledged, and not kept. */
  async keepAlive(): Promise<void> {
    await this.send("D", NO_NUMBER);
  }

  /** Sends a packet that is not acknowledged. */
  async sendCopies(kind: "B" | "X", data?: Uint8Array): Promise<void> {
    for (let i = 0; i < COPIES; i++) await this.send(kind, 0, data);
  }

  /**
   * The peer's next packet; `null` if none has come until then. A packet with another
   * id is dropped.
   */
  async receive(until = Infinity): Promise<Packet | null> {
    while (true) {
      const end = Math.min(until, this.#heardAt + this.limit);
      const bytes = await this.link.receive(end - performance.now());
      if (bytes === undefined) {
        if (performance.now() < end) continue;
        if (end === until) return null;
        throw new CommandError(
          `No packet from ${this.peer} for ${
            this.limit / 1_000
          } s; ${this.hint()}`,
        );
      }
      const packet = decode(bytes);
      if (packet?.id !== this.id) continue;
      this.#heardAt = performance.now();
      if (packet.kind !== "X") return packet;
      const reason = printable(new TextDecoder().decode(packet.data));
      throw new Aborted(`${this.peer} has given up: ${reason}`);
    }
  }

  /** Tells the peer that this side gives up, unless the peer has said so itself. */
  async abort(error: unknown): Promise<void> {
    if (error instanceof Aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    const bytes = new TextEncoder().encode(reason).subarray(0, 200);
    // The caller throws the error itself; that the peer was not told adds nothing.
    await this.sendCopies("X", bytes).catch(() => {});
  }
}

/** The peer has said that it gives up. */
class Aborted extends CommandError {}
