import { seededRandom } from "./seeded_random.ts";

const HOST = "127.0.0.1";

/** The shares of the datagrams that are lost, doubled and late. */
const [LOST, DOUBLED, LATE] = [0.3, 0.2, 0.1];

/** The longest delay of a datagram, and of a late one, in milliseconds. */
const [DELAY, LATE_DELAY] = [20, 300];

/**
 * A bad network between one client and a server: in each direction it loses, doubles
 * and delays datagrams, and so reorders them.
 *
 * The fates of the first datagram in each direction, of the second, and so on, are
 * the same for the same seed. How many there are depends on the client's clock.
 */
export class LossyRelay implements AsyncDisposable {
  /** What it did, so that a test can check that the network was bad. */
  readonly did = { lost: 0, doubled: 0, overtaken: 0 };
  readonly #front = open();
  readonly #back = open();
  readonly #relaying: Promise<unknown>;
  readonly #underWay = new Set<ReturnType<typeof setTimeout>>();
  #sending: Promise<unknown> = Promise.resolve();
  #client: Deno.Addr | undefined;

  /** Begins to relay the datagrams to {@linkcode port}, and their answers. */
  constructor(server: number, seed: number) {
    const to = { transport: "udp", hostname: HOST, port: server } as const;
    const [there, back] = [seededRandom(seed), seededRandom(~seed)];
    this.#relaying = Promise.all([
      this.#relay(this.#front, there, (datagram, sender) => {
        this.#client = sender;
        return this.#back.send(datagram, to);
      }),
      this.#relay(this.#back, back, async (datagram) => {
        if (this.#client) await this.#front.send(datagram, this.#client);
      }),
    ]);
  }

  /** The port for the client. */
  get port(): number {
    return (this.#front.addr as Deno.NetAddr).port;
  }

  /** Closes the relay and drops the datagrams under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#underWay) clearTimeout(timer);
    await this.#sending;
    this.#front.close();
    this.#back.close();
    await this.#relaying;
  }

  async #relay(
    from: Deno.DatagramConn,
    random: () => number,
    send: (datagram: Uint8Array, sender: Deno.Addr) => Promise<unknown>,
  ): Promise<void> {
    let sent = 0;
    let latest = 0;
    // Ends when the socket is closed.
    for await (const [datagram, sender] of from) {
      const copies = random() < LOST ? 0 : random() < DOUBLED ? 2 : 1;
      if (copies === 0) this.did.lost++;
      if (copies === 2) this.did.doubled++;
      const number = sent++;
      for (let i = 0; i < copies; i++) {
        const most = random() < LATE ? LATE_DELAY : DELAY;
        const timer = setTimeout(() => {
          this.#underWay.delete(timer);
          if (number < latest) this.did.overtaken++;
          latest = Math.max(latest, number);
          this.#sending = this.#sending.then(() => send(datagram, sender));
        }, random() * most);
        this.#underWay.add(timer);
      }
    }
  }
}

function open(): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 });
}
