import { deadline } from "@std/async/deadline";
import { greeting } from "../../lib/greeting.ts";
import { equals } from "../../lib/io/streams.ts";

const HOST = "127.0.0.1";

/** How often a datagram that is not answered is sent once more. */
const RETRIES = 3;

/** How long each answer is waited for, in milliseconds. */
const TIMEOUT = 5_000;

/**
 * A client's socket, that asks one name after the other and takes no answer but
 * the right one. Of two that ask at once, each needs a socket of its own.
 */
export class UdpPeer implements Disposable {
  readonly #socket = Deno.listenDatagram({
    transport: "udp",
    hostname: HOST,
    port: 0,
  });
  readonly #server: Deno.NetAddr;
  readonly #buffer = new Uint8Array(65_535);
  /** What may come once more, since it was asked for more than once. */
  readonly #repeated: Uint8Array[] = [];
  /** The receive that goes on, whichever try it was begun in. */
  #receiving: Promise<Uint8Array> | undefined;

  /** Opens a socket. */
  constructor(server: number) {
    this.#server = { transport: "udp", hostname: HOST, port: server };
  }

  /** Whence the server has its datagrams. */
  get port(): number {
    return (this.#socket.addr as Deno.NetAddr).port;
  }

  /** Sends a datagram, and does not wait for an answer. */
  async send(datagram: Uint8Array): Promise<void> {
    await this.#socket.send(datagram, this.#server);
  }

  /**
   * Sends a name and waits for its greeting. The kernel drops what finds a full
   * buffer, without a word; so a name without an answer is sent again.
   *
   * @returns Whether the answer came, byte for byte and before anything else.
   */
  async asks(name: Uint8Array): Promise<boolean> {
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
    // Closing is what ends it, and it has nothing more to say.
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
