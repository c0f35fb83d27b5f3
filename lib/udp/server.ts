import { formatAddress, formatHostname, isLoopback } from "../net/address.ts";
import { isNetAllowed, NetAccessError } from "../net/resolve.ts";
import type { DatagramSocket } from "../net/sockets.ts";
import { Trace, traceDatagrams } from "../net/trace.ts";
import { printable } from "../text/printable.ts";
import { isOfOneDatagram, type Received, udpAddress } from "./socket.ts";

/** Options of a {@linkcode UdpServer}. */
export interface UdpServerOptions {
  /**
   * Ends the server when it is aborted: a pending receive returns `null`, but a datagram
   * that was handed over may still get a response, by one `send`.
   */
  signal?: AbortSignal | undefined;
  /**
   * Takes the error of a datagram that was not sent, and where it was to go.
   *
   * @default {undefined} It is a line on standard error.
   */
  onError?: ((error: unknown, addr: Deno.NetAddr) => void) | undefined;
  /** Takes the lines of a trace of each datagram. */
  trace?: ((line: string) => void) | undefined;
}

/**
 * A UDP server on an open socket, which survives whatever its peers send. A datagram
 * that cannot be sent is reported and ends nothing.
 *
 * Receive one datagram at a time: several pending receives deliver out of order.
 * Decide yourself which datagrams get a response: a sender can be forged (RFC 2827),
 * and two servers that respond to each other never stop.
 *
 * @example
 * ```ts
 * import { UdpServer } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const open = () =>
 *   Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
 * using server = new UdpServer(open());
 * const client = open();
 * await client.send(new TextEncoder().encode("Sarah"), server.addr);
 *
 * const buffer = new Uint8Array(65_535);
 * const received = await server.receive(buffer);
 * if (received !== null) await server.send(...received); // An echo.
 *
 * const [answer] = await client.receive();
 * assertEquals(new TextDecoder().decode(answer), "Sarah");
 * client.close();
 * ```
 */
export class UdpServer implements Disposable {
  /** The address that it is bound to. */
  readonly addr: Deno.NetAddr;
  readonly #socket: DatagramSocket;
  readonly #signal: AbortSignal | undefined;
  readonly #onError: (error: unknown, addr: Deno.NetAddr) => void;
  /** Whether responses to every host are allowed, and one host that is. */
  readonly #allowsAll = isNetAllowed();
  #allowedHost: string | null = null;
  /** Whether a datagram was handed over that may still get a response. */
  #isAnswering = false;
  #isClosed = false;
  readonly #stop = () => {
    if (!this.#isAnswering) this[Symbol.dispose]();
  };

  /**
   * Takes over an open socket: the server closes it.
   *
   * @throws {TypeError} If it is a Unix socket.
   * @param socket A socket of `Deno.listenDatagram`.
   * @param options When to end, and where its reports go.
   */
  constructor(socket: DatagramSocket, options: UdpServerOptions = {}) {
    const { signal, trace } = options;
    this.addr = udpAddress(socket);
    this.#socket = trace ? traceDatagrams(socket, new Trace(trace)) : socket;
    this.#signal = signal;
    this.#onError = options.onError ?? ((error, addr) => {
      const message = error instanceof Error ? error.message : String(error);
      console.error(
        `Cannot send to ${formatAddress(addr)}: ${printable(message)}`,
      );
    });
    signal?.addEventListener("abort", this.#stop);
    if (signal?.aborted) this.#stop();
  }

  /**
   * Waits for the next datagram.
   *
   * @throws {Error} If the system reports an error of the socket.
   * @param buffer Where to put it. What does not fit is cut off without an error, and on
   * Windows the whole datagram is dropped: 65,535 bytes hold any datagram.
   * @returns The datagram, a view of `buffer`, and its sender; `null` once the
   * signal is aborted or the server disposed, and then the socket is closed.
   */
  async receive(buffer: Uint8Array): Promise<Received | null> {
    while (!this.#isOver) {
      this.#isAnswering = false;
      try {
        const received = await this.#socket.receive(buffer) as Received;
        // One that came with the signal is as if it had come a moment later.
        if (this.#isOver) break;
        this.#isAnswering = true;
        return received;
      } catch (error) {
        // Closing is how a pending receive is ended.
        if (!this.#isOver && !isOfOneDatagram(error)) throw error;
      }
    }
    this[Symbol.dispose]();
    return null;
  }

  /**
   * Sends a datagram. If that fails, `onError` takes the error.
   *
   * @throws {unknown} What `onError` throws, at once or later.
   * @param data What to send.
   * @param addr Where to.
   */
  async send(data: Uint8Array, addr: Deno.NetAddr): Promise<void> {
    try {
      this.#checkPermission(addr);
      await this.#socket.send(data, addr);
    } catch (error) {
      await this.#onError(error, addr);
    } finally {
      this.#isAnswering = false;
      if (this.#isOver) this[Symbol.dispose]();
    }
  }

  /** Closes the socket; a pending receive returns `null`. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#signal?.removeEventListener("abort", this.#stop);
    this.#socket.close();
  }

  get #isOver(): boolean {
    return this.#isClosed || this.#signal?.aborted === true;
  }

  /** Throws where Deno would throw, and where it would stop the server to prompt. */
  #checkPermission({ hostname, port }: Deno.NetAddr): void {
    if (this.#allowsAll || hostname === this.#allowedHost) return;
    const host = formatHostname(hostname);
    if (isNetAllowed(host)) this.#allowedHost = hostname;
    else if (!isNetAllowed(`${host}:${port}`)) {
      // Clients of other hosts come to a server that is not on loopback.
      throw new NetAccessError(isLoopback(this.addr.hostname) ? [host] : []);
    }
  }
}
