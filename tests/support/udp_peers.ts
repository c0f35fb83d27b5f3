import { greeting } from "../../lib/greeting.ts";
import { equals } from "../../lib/io/mod.ts";
import { UdpSocket } from "../../lib/udp/mod.ts";
import { meanwhile, type Tally } from "./fault.ts";
import { openUdp } from "./udp.ts";
import { encode } from "./bytes.ts";

/** How often a datagram that is not answered is sent once more. */
const RETRIES = 3;

/** How long each answer is waited for, in milliseconds. */
const TIMEOUT = 5_000;

/**
 * A client's socket that sends one name after the other and accepts the right
 * answers only. Names that are under way at the same time need a socket each.
 */
export class UdpPeer implements Disposable {
  readonly #socket: UdpSocket;
  readonly #server: Deno.NetAddr;
  /** Answers that may come once more, because their name was sent again. */
  readonly #repeated: Uint8Array[] = [];

  /** Opens a socket. */
  constructor(server: number, hostname = "127.0.0.1") {
    this.#socket = new UdpSocket(openUdp(hostname));
    this.#server = { transport: "udp", hostname, port: server };
  }

  /** Its own port, from which the server receives its datagrams. */
  get port(): number {
    return this.#socket.addr.port;
  }

  /** Sends a datagram without waiting for an answer. */
  async send(datagram: Uint8Array): Promise<void> {
    await this.#socket.send(datagram, this.#server);
  }

  /**
   * Sends a name and waits for its greeting. The kernel silently drops datagrams
   * when a buffer is full; so a name without an answer is sent again.
   *
   * @returns Whether the answer came, byte for byte and before anything else.
   */
  async isGreeted(name: Uint8Array): Promise<boolean> {
    const expected = greeting(name);
    for (let tries = 0; tries <= RETRIES; tries++) {
      if (tries > 0) this.#repeated.push(expected);
      await this.send(name);
      for (let got; (got = await this.#socket.receive(TIMEOUT));) {
        const [datagram] = got;
        if (equals(datagram, expected)) return true;
        const isLate = this.#repeated.some((late) => equals(datagram, late));
        if (!isLate) return false;
      }
    }
    return false;
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

/**
 * A client that keeps asking the server while other peers misbehave, and counts
 * whether each of its answers is right.
 */
export function wellBehavedUdpClient(
  port: number,
  tally: Tally,
): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  const peer = stack.use(new UdpPeer(port));
  stack.use(meanwhile((i) => tally.count(peer.isGreeted(encode(`name ${i}`)))));
  return stack;
}
