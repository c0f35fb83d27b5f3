import type { Tally } from "./fault.ts";
import { UdpPeer } from "./udp_peer.ts";
import { encode } from "./wire.ts";

/**
 * A client that keeps asking the server while other peers misbehave, and counts
 * whether each of its answers is right.
 */
export class WellBehavedUdpClient implements AsyncDisposable {
  #isStopping = false;
  readonly #talking: Promise<void>;

  /** Begins to ask. */
  constructor(port: number, tally: Tally) {
    this.#talking = this.#talk(port, tally);
  }

  /** Stops asking. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopping = true;
    await this.#talking;
  }

  async #talk(port: number, tally: Tally): Promise<void> {
    using peer = new UdpPeer(port);
    let isRight = true;
    // After a loss it stops: one is enough to fail the test.
    for (let i = 0; isRight && !this.#isStopping; i++) {
      isRight = await tally.count(peer.isGreeted(encode(`name ${i}`)));
    }
  }
}
