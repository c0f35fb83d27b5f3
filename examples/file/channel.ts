/**
 * A transfer, seen from one of its two sides: which packets belong to it, how long to
 * wait for them, and how it is aborted.
 */
import { CommandError } from "../../lib/cli/mod.ts";
import { formatAddress, sameAddress } from "../../lib/net/mod.ts";
import { printable } from "../../lib/text/mod.ts";
import type { UdpSocket } from "../../lib/udp/mod.ts";
import { decode, encode, type Kind, type Packet } from "./packet.ts";
import { RetransmissionTimer } from "./retransmission_timer.ts";

/** How often a packet that is never acknowledged is sent, so that one arrives. */
const COPIES = 3;

/** One side of a transfer. */
export class Channel {
  readonly timer = new RetransmissionTimer();
  /** How many datagrams with data were sent. */
  datagrams = 0;
  #heardAt = performance.now();

  /** `limit` is how long the peer may be silent, in milliseconds. */
  constructor(
    readonly socket: UdpSocket,
    readonly peer: Deno.NetAddr,
    readonly id: bigint,
    readonly limit: number,
  ) {}

  async send(kind: Kind, number: number, data?: Uint8Array): Promise<void> {
    if (kind === "D") this.datagrams++;
    const bytes = encode(kind, this.id, number, data);
    await this.socket.send(bytes, this.peer);
  }

  /** Sends a packet until its acknowledgement comes, which is returned. */
  async deliver(
    kind: Kind,
    number: number,
    data?: Uint8Array,
  ): Promise<Packet> {
    for (let tries = 1;; tries++) {
      const sentAt = performance.now();
      await this.send(kind, number, data);
      const until = sentAt + this.timer.timeout;
      for (let ack; (ack = await this.receive(until)) !== null;) {
        // One of an earlier packet may have been doubled, or late.
        if (ack.kind !== "A" || ack.number <= number) continue;
        // After a second try it is unknown which of the two this acknowledges.
        if (tries === 1) this.timer.measured(performance.now() - sentAt);
        return ack;
      }
      this.timer.backOff();
    }
  }

  /** Sends a packet that is not acknowledged. */
  async sendCopies(kind: "B" | "X", data?: Uint8Array): Promise<void> {
    for (let i = 0; i < COPIES; i++) await this.send(kind, 0, data);
  }

  /**
   * The peer's next packet; `null` if none has come until then. A packet of another
   * sender or with another id is dropped. If it would begin a transfer, the answer
   * is that there is one already.
   */
  async receive(until = Infinity): Promise<Packet | null> {
    while (true) {
      const end = Math.min(until, this.#heardAt + this.limit);
      const received = await this.socket.receive(end - performance.now());
      if (received === null) {
        if (end === until) return null;
        throw new CommandError(
          `No packet from ${formatAddress(this.peer)} for ${
            this.limit / 1_000
          } s; is the other program running?`,
        );
      }
      const [bytes, sender] = received;
      const packet = decode(bytes);
      if (packet === null) continue;
      if (packet.id !== this.id || !sameAddress(sender, this.peer)) {
        if (packet.kind === "S") await refuse(this.socket, packet, sender);
        continue;
      }
      this.#heardAt = performance.now();
      if (packet.kind !== "X") return packet;
      const reason = printable(new TextDecoder().decode(packet.data));
      throw new Aborted(`${formatAddress(sender)} has given up: ${reason}`);
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

/** Tells the sender of an S that there is a transfer already. */
async function refuse(
  socket: UdpSocket,
  { id, data }: Packet,
  to: Deno.NetAddr,
) {
  const reason = new TextEncoder().encode("busy");
  if (data.length < reason.length) return;
  await answer(socket, encode("X", id, 0, reason), to);
}

/** Answers any sender. A failure must not end the transfer: the port may be 0. */
export async function answer(
  socket: UdpSocket,
  bytes: Uint8Array,
  to: Deno.NetAddr,
) {
  await socket.send(bytes, to).catch(() => {});
}
