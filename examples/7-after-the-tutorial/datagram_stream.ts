/**
 * A UDP socket that is read and written like a TCP connection, for netcat.ts: each
 * write is a datagram, and each read returns one.
 *
 * UDP has no connection and no end. The peer is the one that is given, or else the
 * sender of the first datagram; other senders are ignored. The stream ends when no
 * datagram has come or gone for the time-out, if there is one.
 */
import {
  type AnyDatagramSocket,
  type DatagramSocket,
  sameAddress,
  Trace,
  traceDatagrams,
  udpSocket,
} from "../../lib/net/mod.ts";

/** Limits of a {@linkcode DatagramStream}; times are in milliseconds. */
export interface Limits {
  timeout: number | undefined;
  signal: AbortSignal;
  trace: ((line: string) => void) | undefined;
}

export class DatagramStream {
  readonly #socket: DatagramSocket;
  readonly #timeout: number | undefined;
  readonly #met = Promise.withResolvers<Deno.NetAddr>();
  #peer: Deno.NetAddr | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /** Takes over an open socket. */
  constructor(
    socket: AnyDatagramSocket,
    peer: Deno.NetAddr | null,
    { timeout, signal, trace }: Limits,
  ) {
    const udp = udpSocket(socket);
    this.#socket = trace ? traceDatagrams(udp, new Trace(trace)) : udp;
    this.#timeout = timeout;
    if (peer !== null) this.#meet(peer);
    signal.addEventListener("abort", () => this.close());
  }

  /** This side's address. */
  get addr(): Deno.NetAddr {
    return this.#socket.addr;
  }

  /** Reads the next datagram of the peer; `null` at the end. */
  async read(buffer: Uint8Array): Promise<number | null> {
    while (!this.#isClosed) {
      try {
        const [datagram, sender] = await this.#socket.receive(buffer);
        if (this.#peer === null) this.#meet(sender);
        if (this.#peer === null || !sameAddress(sender, this.#peer)) continue;
        this.#restartTimer();
        return datagram.length;
      } catch (error) {
        if (!this.#isClosed) throw error; // Closing ends a receive.
      }
    }
    return null;
  }

  /** Sends a datagram, as soon as there is a peer. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#socket.send(bytes, await this.#met.promise);
    this.#restartTimer();
  }

  /** UDP cannot tell the peer that this was all. */
  async closeWrite(): Promise<void> {}

  /** Closes the socket; a read that waits returns `null`. */
  close(): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#socket.close();
    this.#isClosed = true;
  }

  #meet(peer: Deno.NetAddr): void {
    this.#peer = peer;
    this.#met.resolve(peer);
    this.#restartTimer();
  }

  #restartTimer(): void {
    clearTimeout(this.#timer);
    if (this.#timeout === undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => this.close(), this.#timeout);
  }
}
