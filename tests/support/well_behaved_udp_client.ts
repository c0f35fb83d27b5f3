import type { Tally } from "./fault.ts";
import { encode } from "./peers.ts";
import { UdpPeer } from "./udp_peer.ts";

/**
 * A client as it should be, that asks the server all the while that others
 * misbehave, and counts whether it is answered rightly.
 */
export class UdpNeighbour implements AsyncDisposable {
  #stopping = false;
  readonly #talking: Promise<void>;

  /** Begins to ask. */
  constructor(port: number, tally: Tally) {
    this.#talking = this.#talk(port, tally);
  }

  /** Asks no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await this.#talking;
  }

  async #talk(port: number, tally: Tally): Promise<void> {
    using peer = new UdpPeer(port);
    let isWell = true;
    // One loss is enough to fail, and a server that is gone answers no more.
    for (let i = 0; isWell && !this.#stopping; i++) {
      isWell = await tally.count(peer.asks(encode(`neighbour ${i}`)));
    }
  }
}
