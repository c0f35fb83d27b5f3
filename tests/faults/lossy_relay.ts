/** Numbers that look random and are the same for the same seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let t = Math.imul(state ^ state >>> 15, 1 | state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4_294_967_296;
  };
}

/** How bad a {@linkcode LossyRelay} is. */
export interface Loss {
  /** Which share of the datagrams is lost, each way. */
  lost: number;
  /** Which share comes twice. */
  doubled: number;
  /** How much later a datagram may come, in milliseconds: so they overtake. */
  delay: number;
  /** What all chances depend on. */
  seed: number;
}

/**
 * A bad network between one UDP client and its server. To the client it is the
 * server, to the server a client.
 */
export class LossyRelay implements AsyncDisposable {
  readonly #loss: Loss;
  readonly #random: () => number;
  readonly #near = open();
  readonly #far = open();
  readonly #pending = new Set<ReturnType<typeof setTimeout>>();
  readonly #relaying: Promise<unknown>;
  #client: Deno.Addr | null = null;

  /** Begins to relay. */
  constructor(server: number, loss: Loss) {
    this.#loss = loss;
    this.#random = randomFrom(loss.seed);
    const to: Deno.NetAddr = {
      transport: "udp",
      hostname: "127.0.0.1",
      port: server,
    };
    this.#relaying = Promise.all([
      this.#relay(this.#near, (datagram, sender) => {
        this.#client = sender;
        return this.#far.send(datagram, to);
      }),
      this.#relay(this.#far, async (datagram) => {
        if (this.#client !== null) {
          await this.#near.send(datagram, this.#client);
        }
      }),
    ]);
  }

  /** Where the client is to send to. */
  get port(): number {
    return (this.#near.addr as Deno.NetAddr).port;
  }

  /** Ends the relaying; what is still on its way is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#near.close();
    this.#far.close();
    await this.#relaying;
  }

  async #relay(
    from: Deno.DatagramConn,
    send: (datagram: Uint8Array, sender: Deno.Addr) => Promise<unknown>,
  ): Promise<void> {
    for await (const [datagram, sender] of from) {
      if (this.#random() < this.#loss.lost) continue;
      const copies = this.#random() < this.#loss.doubled ? 2 : 1;
      for (let i = 0; i < copies; i++) {
        const timer = setTimeout(() => {
          this.#pending.delete(timer);
          // Closed at the end of the test, with this still on its way.
          send(datagram, sender).catch(() => {});
        }, this.#random() * this.#loss.delay);
        this.#pending.add(timer);
      }
    }
  }
}

function open(): Deno.DatagramConn {
  return Deno.listenDatagram({
    transport: "udp",
    hostname: "127.0.0.1",
    port: 0,
  });
}
