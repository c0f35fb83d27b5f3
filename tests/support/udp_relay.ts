import { deadline } from "@std/async/deadline";
import { LIMIT, openUdp } from "./udp.ts";

const HOST = "127.0.0.1";

/** The two ways through a {@linkcode UdpRelay}. */
export type Direction = "to server" | "to client";

/**
 * Takes a datagram on its way, and returns what goes on: the datagram, nothing, or
 * others.
 */
export type Way = (datagram: Uint8Array, direction: Direction) => Uint8Array[];

/** How long a datagram is on its way, in milliseconds; 0: it keeps its order. */
export type Delay = (direction: Direction) => number;

/**
 * A network between one client and a server in which the test decides what happens
 * to each datagram. It keeps them all, and sends forged ones: to either side it is
 * the other one, because it has its address.
 */
export class UdpRelay implements AsyncDisposable {
  /** All datagrams that have come, in their order. */
  readonly seen: { datagram: Uint8Array; direction: Direction }[] = [];
  /** How many were overtaken by a later one. */
  overtaken = 0;
  /** What happens to each. */
  way: Way;
  readonly #delay: Delay;
  readonly #front = openUdp(HOST);
  readonly #back = openUdp(HOST);
  readonly #server: Deno.NetAddr;
  readonly #relaying: Promise<unknown>;
  readonly #underWay = new Set<ReturnType<typeof setTimeout>>();
  readonly #latest = { "to server": 0, "to client": 0 };
  #sending: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #client: Deno.NetAddr | undefined;
  #waiting: { count: number; resolve: () => void }[] = [];

  /** Begins to relay to a port of this machine. */
  constructor(
    server: number,
    way: Way = (datagram) => [datagram],
    delay: Delay = () => 0,
  ) {
    this.#server = { transport: "udp", hostname: HOST, port: server };
    this.way = way;
    this.#delay = delay;
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
    const send = direction === "to server"
      ? () => this.#back.send(datagram, this.#server)
      : () => this.#front.send(datagram, this.client);
    this.#sending = this.#sending.then(() => this.#isClosed ? 0 : send());
    await this.#sending;
  }

  /**
   * Waits until as many datagrams have come to the server.
   *
   * @throws {Error} If they do not come in time.
   */
  async until(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ count, resolve });
    this.#wake();
    await deadline(promise, LIMIT);
  }

  /** Closes it, and drops the datagrams under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#underWay) clearTimeout(timer);
    await this.#sending;
    this.#front.close();
    this.#back.close();
    await this.#relaying;
  }

  async #relay(from: Deno.DatagramConn, direction: Direction): Promise<void> {
    // Ends when the socket is closed.
    for await (const [datagram, sender] of from) {
      if (direction === "to server") this.#client = sender as Deno.NetAddr;
      const number = this.seen.push({ datagram, direction });
      for (const each of this.way(datagram, direction)) {
        const delay = this.#delay(direction);
        if (delay === 0) await this.forge(each, direction);
        else this.#later(each, direction, number, delay);
      }
      this.#wake();
    }
  }

  #later(each: Uint8Array, direction: Direction, number: number, ms: number) {
    const timer = setTimeout(() => {
      this.#underWay.delete(timer);
      if (number < this.#latest[direction]) this.overtaken++;
      this.#latest[direction] = Math.max(this.#latest[direction], number);
      this.forge(each, direction);
    }, ms);
    this.#underWay.add(timer);
  }

  #wake(): void {
    const { length } = this.seen.filter((s) => s.direction === "to server");
    for (const { count, resolve } of this.#waiting) {
      if (count <= length) resolve();
    }
  }
}

/** The shares of the datagrams that a bad network loses, doubles and delays long. */
const [LOST, DOUBLED, LATE] = [0.3, 0.2, 0.1];

/** The longest delay of a datagram, and of a late one, in milliseconds. */
const [DELAY, LATE_DELAY] = [20, 300];

/**
 * A bad network: in each direction it loses, doubles and delays datagrams, and so
 * reorders them. It counts what it did, so that a test can check that it was bad.
 */
export function lossy(): {
  way: Way;
  delay: Delay;
  did: { lost: number; doubled: number };
} {
  const did = { lost: 0, doubled: 0 };
  const { random } = Math;
  return {
    did,
    way(datagram) {
      const copies = random() < LOST ? 0 : random() < DOUBLED ? 2 : 1;
      if (copies === 0) did.lost++;
      if (copies === 2) did.doubled++;
      return Array(copies).fill(datagram);
    },
    delay: () => random() * (random() < LATE ? LATE_DELAY : DELAY) || 1,
  };
}
