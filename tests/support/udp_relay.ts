const HOST = "127.0.0.1";

/** How long a wait may take, in milliseconds. */
const LIMIT = 30_000;

/** The two ways through a {@linkcode UdpRelay}. */
export type Direction = "to server" | "to client";

/**
 * Takes a datagram on its way, and returns what goes on: the datagram, nothing, or
 * others.
 */
export type Way = (datagram: Uint8Array, direction: Direction) => Uint8Array[];

/**
 * A network between one client and a server in which the test decides what happens
 * to each datagram. It keeps them all, and sends forged ones: to either side it is
 * the other one, because it has its address.
 */
export class UdpRelay implements AsyncDisposable {
  /** All datagrams that have come, in their order. */
  readonly seen: { datagram: Uint8Array; direction: Direction }[] = [];
  /** What happens to each. */
  way: Way;
  readonly #front = open();
  readonly #back = open();
  readonly #server: Deno.NetAddr;
  readonly #relaying: Promise<unknown>;
  #client: Deno.NetAddr | undefined;
  #waiting: { direction: Direction; count: number; resolve: () => void }[] = [];

  /** Begins to relay to a port of this machine. */
  constructor(server: number, way: Way = (datagram) => [datagram]) {
    this.#server = { transport: "udp", hostname: HOST, port: server };
    this.way = way;
    this.#relaying = Promise.all([
      this.#relay(this.#front, "to server"),
      this.#relay(this.#back, "to client"),
    ]);
  }

  /** The port for the client. */
  get port(): number {
    return this.#front.addr.port;
  }

  /** The client's address, once it has sent something. */
  get client(): Deno.NetAddr {
    if (this.#client === undefined) throw new Error("No client has come");
    return this.#client;
  }

  /** Sends a datagram that seems to come from the other side. */
  async forge(datagram: Uint8Array, direction: Direction): Promise<void> {
    if (direction === "to server") {
      await this.#back.send(datagram, this.#server);
    } else await this.#front.send(datagram, this.client);
  }

  /**
   * Waits until as many datagrams have come in a direction.
   *
   * @throws {Error} If they do not come in time.
   */
  async until(direction: Direction, count: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = new Error(`No ${count} datagrams ${direction} have come`);
    const timer = setTimeout(() => reject(late), LIMIT);
    this.#waiting.push({ direction, count, resolve });
    this.#wake();
    await promise.finally(() => clearTimeout(timer));
  }

  /** Closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#front.close();
    this.#back.close();
    await this.#relaying;
  }

  async #relay(from: Socket, direction: Direction): Promise<void> {
    // Ends when the socket is closed.
    for await (const [datagram, sender] of from) {
      if (direction === "to server") this.#client = sender as Deno.NetAddr;
      this.seen.push({ datagram, direction });
      for (const each of this.way(datagram, direction)) {
        await this.forge(each, direction);
      }
      this.#wake();
    }
  }

  #wake(): void {
    this.#waiting = this.#waiting.filter(({ direction, count, resolve }) => {
      const come = this.seen.filter((seen) => seen.direction === direction);
      if (come.length < count) return true;
      resolve();
      return false;
    });
  }
}

type Socket = Deno.DatagramConn & { addr: Deno.NetAddr };

function open(): Socket {
  const local = { transport: "udp", hostname: HOST, port: 0 } as const;
  return Deno.listenDatagram(local) as Socket;
}
