import type { DatagramSocket } from "../net/sockets.ts";

/** A datagram and who has sent it. */
export type Received = [datagram: Uint8Array, sender: Deno.NetAddr];

/** How a {@linkcode DatagramReceiver} behaves. */
export interface DatagramReceiverOptions {
  /** Endpoints the receiving when it is aborted. */
  signal: AbortSignal;
}

/**
 * Receives one datagram after the other, until it is told to stop.
 *
 * Nothing is begun before the last datagram has been dealt with: two receives
 * at once would deliver out of order. And the socket stays open while that is
 * done, so that whoever has been received is answered.
 *
 * @example
 * ```ts
 * import { DatagramReceiver } from "./server.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const stop = new AbortController();
 * const socket = Deno.listenDatagram({
 *   transport: "udp",
 *   hostname: "127.0.0.1",
 *   port: 0,
 * });
 * const receiver = new DatagramReceiver(socket, { signal: stop.signal });
 * await socket.send(new TextEncoder().encode("Sarah"), socket.addr);
 * const received = await receiver.receive(new Uint8Array(65_535));
 * assertEquals(received?.[0].length, 5);
 * stop.abort();
 * assertEquals(await receiver.receive(new Uint8Array(65_535)), null);
 * ```
 */
export class DatagramReceiver {
  readonly #socket: DatagramSocket;
  readonly #signal: AbortSignal;
  #receiving = false;
  #closed = false;

  /** Takes over an open socket: the signal closes it. */
  constructor(socket: DatagramSocket, { signal }: DatagramReceiverOptions) {
    this.#socket = socket;
    this.#signal = signal;
    const stop = () => {
      if (this.#receiving) this.#close();
    };
    signal.addEventListener("abort", stop, { once: true });
  }

  /**
   * Waits for the next datagram.
   *
   * @param buffer Where to put it. What does not fit is cut off without a word:
   * 65,535 bytes hold any datagram.
   * @returns The datagram, a view into `buffer`, and its sender; `null` once the
   * signal is aborted, and the socket is closed then.
   */
  async receive(buffer: Uint8Array): Promise<Received | null> {
    while (!this.#signal.aborted) {
      this.#receiving = true;
      try {
        const [datagram, sender] = await this.#socket.receive(buffer);
        // One that came with the end is as if it had come a moment later.
        if (this.#signal.aborted) break;
        return [datagram, sender as Deno.NetAddr];
      } catch (error) {
        // Closing is how a receive that waits is ended.
        if (this.#signal.aborted) break;
        // Windows reports here that nobody was there for an earlier answer.
        if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
      } finally {
        this.#receiving = false;
      }
    }
    this.#close();
    return null;
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}
