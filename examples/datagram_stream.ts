/**
 * UDP that is read and written like a TCP connection, for netcat.ts: each write is a
 * datagram, and each read returns one.
 *
 * UDP has no connection and no end. The peer is a `UdpClient`, or else the sender of
 * the first datagram. The stream ends when no datagram has come or gone for the
 * time-out, if there is one.
 */
import type { Context } from "../lib/cli/mod.ts";
import { type Address, sameAddress } from "../lib/net/mod.ts";
import { UdpClient, UdpSocket } from "../lib/udp/mod.ts";

/** Opens a stream to an address, or at one, to the first that sends a datagram there. */
export function openUdp(
  { hostname, port, listen, timeout }: {
    hostname: string;
    port: number;
    listen: boolean;
    timeout: number | undefined;
  },
  { onError, signal, trace }: Pick<Context, "onError" | "signal" | "trace">,
): DatagramStream {
  const open = (local: Address) =>
    Deno.listenDatagram({ transport: "udp", ...local });
  if (listen) {
    const socket = new UdpSocket(open({ hostname, port }), { signal, trace });
    console.error(`Bind UDP on ${socket.addr.port}...`);
    return new DatagramStream(new FirstSender(socket), timeout);
  }
  const addr = { transport: "udp", hostname, port } as const;
  // Without it, an answer of another address would be ignored in silence.
  const warn = (line: string) => onError(new Error(line), addr);
  return new DatagramStream(
    new UdpClient(addr, open, { signal, trace, warn }),
    timeout,
  );
}

/** What a `UdpClient` is to its server; `undefined`: nothing has come in time. */
export interface Peer extends Disposable {
  send(bytes: Uint8Array): Promise<void>;
  receive(timeout: number): Promise<Uint8Array | undefined>;
}

/** The sender of the first datagram; other senders are ignored. */
export class FirstSender implements Peer {
  readonly #socket: UdpSocket;
  readonly #met = Promise.withResolvers<Deno.NetAddr>();
  #addr: Deno.NetAddr | null = null;

  constructor(socket: UdpSocket) {
    this.#socket = socket;
  }

  /** Sends a datagram, as soon as there is a peer. */
  async send(bytes: Uint8Array): Promise<void> {
    await this.#socket.send(bytes, await this.#met.promise);
  }

  async receive(timeout: number): Promise<Uint8Array | undefined> {
    const received = await this.#socket.receive(timeout);
    if (received === undefined) return undefined;
    const [datagram, sender] = received;
    this.#addr ??= sender;
    this.#met.resolve(this.#addr);
    return sameAddress(sender, this.#addr) ? datagram : undefined;
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

export class DatagramStream {
  readonly #peer: Peer;
  readonly #timeout: number;
  readonly #now: () => number;
  /** When a datagram has last come or gone; a first sender is waited for without end. */
  #activeAt: number;

  /** Takes over the peer. The time-out, and the time of the clock, are in milliseconds. */
  constructor(
    peer: Peer,
    timeout: number = Infinity,
    now: () => number = () => performance.now(),
  ) {
    this.#peer = peer;
    this.#timeout = timeout;
    this.#now = now;
    this.#activeAt = peer instanceof FirstSender ? Infinity : now();
  }

  /** Reads the next datagram of the peer; `null` at the end. */
  async read(buffer: Uint8Array): Promise<number | null> {
    while (true) {
      const left = this.#activeAt + this.#timeout - this.#now();
      if (left <= 0) return null;
      const datagram = await this.#peer.receive(left);
      if (datagram === undefined) continue; // A write may have given it more time.
      this.#activeAt = this.#now();
      buffer.set(datagram);
      return datagram.length;
    }
  }

  /** Sends a datagram. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#peer.send(bytes);
    this.#activeAt = this.#now();
  }

  /** UDP cannot tell the peer that this was all. */
  async closeWrite(): Promise<void> {}

  /** Closes the socket. */
  close(): void {
    this.#peer[Symbol.dispose]();
  }
}
