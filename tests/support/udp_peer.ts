import { deadline } from "@std/async/deadline";
import { greeting } from "../../lib/greeting.ts";
import { equals } from "../../lib/io/streams.ts";

const HOST = "127.0.0.1";

/** How often a datagram that is not answered is sent once more. */
const RETRIES = 3;

/** How long each answer is waited for, in milliseconds. */
const TIMEOUT = 5_000;

/**
 * A client's socket that sends one name after the other and accepts the right
 * answers only. Names that are under way at the same time need a socket each.
 */
export class UdpPeer implements Disposable {
  readonly #socket = Deno.listenDatagram({
    transport: "udp",
    hostname: HOST,
    port: 0,
  });
  readonly #server: Deno.NetAddr;
  readonly #buffer = new Uint8Array(65_535);
  /** Answers that may come once more, because their name was sent again. */
  readonly #repeated: Uint8Array[] = [];
  /** The pending receive, which goes on through all tries. */
  #receiving: Promise<Uint8Array> | undefined;

  /** Opens a socket. */
  constructor(server: number) {
    this.#server = { transport: "udp", hostname: HOST, port: server };
  }

  /** Its own port, from which the server receives its datagrams. */
  get port(): number {
    return (this.#socket.addr as Deno.NetAddr).port;
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
      const answer = await this.#answer(expected);
      if (answer !== undefined) return answer;
    }
    return false;
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#socket.close();
    // Closing the socket rejects it.
    this.#receiving?.catch(() => {});
  }

  /** Whether the answer that comes is right; `undefined` if none does. */
  async #answer(expected: Uint8Array): Promise<boolean | undefined> {
    for (;;) {
      this.#receiving ??= this.#receive();
      let datagram;
      try {
        datagram = await deadline(this.#receiving, TIMEOUT);
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        return undefined;
      }
      this.#receiving = undefined;
      if (equals(datagram, expected)) return true;
      if (!this.#repeated.some((late) => equals(datagram, late))) {
        return false;
      }
    }
  }

  async #receive(): Promise<Uint8Array> {
    const [datagram] = await this.#socket.receive(this.#buffer);
    return datagram;
  }
}
