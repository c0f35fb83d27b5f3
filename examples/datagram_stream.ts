/**
 * A UDP socket that is read and written like a TCP connection, for netcat.ts: each
 * write is a datagram, and each read returns one.
 *
 * UDP has no connection and no end. The peer is the one that is given, or else the
 * sender of the first datagram; other senders are ignored. The stream ends when no
 * datagram has come or gone for the time-out, if there is one.
 */
import { type AnyDatagramSocket, sameAddress } from "../lib/net/mod.ts";
import { UdpSocket, type UdpSocketOptions } from "../lib/udp/mod.ts";

export class DatagramStream {
  readonly #socket: UdpSocket;
  readonly #timeout: number | undefined;
  readonly #met = Promise.withResolvers<Deno.NetAddr>();
  #peer: Deno.NetAddr | null = null;
  /** When a datagram of the peer has last come or gone. */
  #activeAt = 0;

  /** Takes over an open socket. The time-out is in milliseconds. */
  constructor(
    socket: AnyDatagramSocket,
    peer: Deno.NetAddr | null,
    { timeout, ...options }: UdpSocketOptions & { timeout: number | undefined },
  ) {
    this.#socket = new UdpSocket(socket, options);
    this.#timeout = timeout;
    if (peer !== null) this.#meet(peer);
  }

  /** This side's address. */
  get addr(): Deno.NetAddr {
    return this.#socket.addr;
  }

  /** Reads the next datagram of the peer; `null` at the end. */
  async read(buffer: Uint8Array): Promise<number | null> {
    while (true) {
      const left = this.#timeLeft();
      if (left !== undefined && left <= 0) return null;
      const received = await this.#socket.receive(left);
      if (received === null) continue; // A write may have given it more time.
      const [datagram, sender] = received;
      if (this.#peer === null) this.#meet(sender);
      if (this.#peer === null || !sameAddress(sender, this.#peer)) continue;
      this.#activeAt = performance.now();
      buffer.set(datagram);
      return datagram.length;
    }
  }

  /** Sends a datagram, as soon as there is a peer. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#socket.send(bytes, await this.#met.promise);
    this.#activeAt = performance.now();
  }

  /** UDP cannot tell the peer that this was all. */
  async closeWrite(): Promise<void> {}

  /** Closes the socket. */
  close(): void {
    this.#socket[Symbol.dispose]();
  }

  #meet(peer: Deno.NetAddr): void {
    this.#peer = peer;
    this.#met.resolve(peer);
    this.#activeAt = performance.now();
  }

  /** Without a time-out, or before there is a peer, there is no limit. */
  #timeLeft(): number | undefined {
    if (this.#timeout === undefined || this.#peer === null) return undefined;
    return this.#activeAt + this.#timeout - performance.now();
  }
}
