import { deadline } from "@std/async/deadline";
import { greeting } from "../../lib/greeting.ts";
import { sameBytes } from "../../lib/same_bytes.ts";

/** How long an answer may take before the question is asked again, in ms. */
const PATIENCE = 2_000;

/** How often a question is asked: the kernel drops what it has no room for. */
const TRIES = 5;

/** A socket that asks a UDP server on this machine. */
export class UdpPeer implements Disposable {
  readonly #socket: Deno.DatagramConn;
  readonly #server: Deno.NetAddr;
  readonly #buffer = new Uint8Array(65_535);
  #receiving: Promise<[Uint8Array, Deno.Addr]> | null = null;

  /** Opens the socket. */
  constructor(port: number) {
    const hostname = "127.0.0.1";
    this.#server = { transport: "udp", hostname, port };
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
  }

  /** Its port. */
  get port(): number {
    return (this.#socket.addr as Deno.NetAddr).port;
  }

  /** Sends a datagram and waits for nothing. */
  async send(datagram: Uint8Array): Promise<void> {
    await this.#socket.send(datagram, this.#server);
  }

  /** Whether a name is greeted, byte for byte. */
  async asks(name: Uint8Array): Promise<boolean> {
    const expected = greeting(name);
    for (let i = 0; i < TRIES; i++) {
      await this.send(name);
      // A late answer to an earlier try says the same.
      const answer = await this.#receive().catch(() => null);
      if (answer !== null) return sameBytes(answer, expected);
    }
    return false;
  }

  /** Closes the socket. */
  [Symbol.dispose](): void {
    this.#receiving?.catch(() => {}); // It is ended by that.
    this.#socket.close();
  }

  // A receive that is given up goes on: the next try waits for the same one.
  async #receive(): Promise<Uint8Array> {
    this.#receiving ??= this.#socket.receive(this.#buffer);
    const [datagram] = await deadline(this.#receiving, PATIENCE);
    this.#receiving = null;
    return datagram.slice();
  }
}
