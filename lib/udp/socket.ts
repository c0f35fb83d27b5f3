import { checkTime, systemClock } from "../net/clock.ts";
import type { DatagramSocket } from "../net/sockets.ts";
import { Trace, traceDatagrams } from "../net/trace.ts";

/** A datagram and its sender. */
export type Received = [datagram: Uint8Array, sender: Deno.NetAddr];

/** Larger than any datagram: one that does not fit would be cut off silently. */
const LARGEST = 65_535;

/** Options of a {@linkcode UdpSocket}. */
export interface UdpSocketOptions {
  /** Ends a receive, with its reason, when it is aborted; the socket stays open. */
  signal?: AbortSignal | undefined;
  /** Takes the lines of a trace of each datagram. */
  trace?: ((line: string) => void) | undefined;
}

/**
 * A UDP socket whose receive has a time limit, as Python's has with `settimeout`.
 *
 * Deno's receive waits for ever, and one that is given up at a time-out goes on all
 * the same: it would swallow the next datagram. Here it is kept, and the next call
 * gets what it receives.
 *
 * @example
 * ```ts
 * import { UdpSocket } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using socket = new UdpSocket(
 *   Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
 * );
 * assertEquals(await socket.receive(10), undefined);
 * await socket.send(new TextEncoder().encode("Sarah"), socket.addr);
 * const received = await socket.receive(5_000);
 * assertEquals(new TextDecoder().decode(received?.[0]), "Sarah");
 * ```
 */
export class UdpSocket implements Disposable {
  /** The address that it is bound to. */
  readonly addr: Deno.NetAddr;
  readonly #socket: DatagramSocket;
  readonly #signal: AbortSignal | undefined;
  readonly #buffer = new Uint8Array(LARGEST);
  /** A receive whose datagram no call has taken yet. */
  #pending: Promise<Received> | null = null;
  #isSettled = false;
  /** Wakes the call that waits for it. */
  #wake: (() => void) | null = null;
  #isClosed = false;

  /**
   * Takes over an open socket: disposal closes it.
   *
   * @throws {TypeError} If it is a Unix socket.
   * @param socket A socket of `Deno.listenDatagram`.
   * @param options When to end a receive, and where a trace goes.
   */
  constructor(
    socket: DatagramSocket,
    { signal, trace }: UdpSocketOptions = {},
  ) {
    this.addr = udpAddress(socket);
    this.#signal = signal;
    this.#socket = trace ? traceDatagrams(socket, new Trace(trace)) : socket;
  }

  /**
   * Waits for the next datagram. One receive at a time.
   *
   * @throws {unknown} The reason of the signal, if that is aborted.
   * @throws {RangeError} If the time-out is NaN.
   * @throws {Deno.errors.Busy} If another receive is pending.
   * @throws {Deno.errors.Interrupted} If the socket is closed meanwhile.
   * @throws {Error} If the system reports an error, or the socket is closed.
   * @param timeout The longest wait, in milliseconds. 0 or less: what lies ready.
   * @returns The datagram, which the next call overwrites, and its sender;
   * `undefined` if none has come in time.
   */
  receive(timeout: number = Infinity): Promise<Received | undefined> {
    return UdpSocket.receiveAny([this], timeout, this.#signal);
  }

  /**
   * Waits as {@linkcode receive} does for what comes to any of several sockets, such as
   * one for each version of IP.
   *
   * @param sockets The sockets.
   * @param timeout The longest wait, in milliseconds. 0 or less: what lies ready.
   * @param signal Ends the wait, with its reason, when it is aborted.
   * @returns The datagram and its sender; `undefined` if none has come in time.
   */
  static async receiveAny(
    sockets: readonly UdpSocket[],
    timeout: number = Infinity,
    signal?: AbortSignal,
  ): Promise<Received | undefined> {
    const limit = checkTime("timeout", Math.max(0, timeout));
    signal?.throwIfAborted();
    if (sockets.some((socket) => socket.#wake !== null)) {
      throw new Deno.errors.Busy("Another receive is pending");
    }
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    const wake = () => resolve();
    const cancel = systemClock.later(wake, limit);
    signal?.addEventListener("abort", wake);
    try {
      for (const socket of sockets) socket.#begin(wake);
      if (!sockets.some((socket) => socket.#isSettled)) await woken;
      signal?.throwIfAborted();
      const ready = sockets.find((socket) => socket.#isSettled);
      return ready && await ready.#take();
    } finally {
      cancel();
      signal?.removeEventListener("abort", wake);
      for (const socket of sockets) socket.#wake = null;
    }
  }

  /**
   * Sends a datagram. That it was sent does not mean that it arrives.
   *
   * @throws {Error} If the system does not take it, or Deno does not allow it.
   * @param data What to send.
   * @param addr Where to.
   */
  async send(data: Uint8Array, addr: Deno.NetAddr): Promise<void> {
    await this.#socket.send(data, addr);
  }

  /** Closes the socket. A pending receive rejects. */
  [Symbol.dispose](): void {
    if (!this.#isClosed) this.#socket.close();
    this.#isClosed = true;
  }

  #begin(wake: () => void): void {
    this.#wake = wake;
    if (this.#pending !== null) return;
    this.#pending = this.#receive().finally(() => {
      this.#isSettled = true;
      this.#wake?.();
    });
    // Its error is thrown by the call that takes it, which may come later.
    this.#pending.catch(() => {});
  }

  /** What has come, or the error of this one receive. */
  #take(): Promise<Received> | undefined {
    const received = this.#pending ?? undefined;
    this.#pending = null;
    this.#isSettled = false;
    return received;
  }

  async #receive(): Promise<Received> {
    while (true) {
      try {
        return await this.#socket.receive(this.#buffer) as Received;
      } catch (error) {
        if (!isOfOneDatagram(error)) throw error;
      }
    }
  }
}

/**
 * The address of a UDP socket; its senders, too, have IP addresses.
 *
 * @throws {TypeError} If it is a Unix socket.
 */
export function udpAddress({ addr }: DatagramSocket): Deno.NetAddr {
  if (addr.transport === "udp") return addr as Deno.NetAddr;
  throw new TypeError(`Not a UDP socket: transport "${addr.transport}"`);
}

/**
 * Whether an error of a receive is about one datagram, and not about the socket. Windows
 * reports so that an earlier one found no socket (10054) or that its TTL ran out (10052),
 * and that this one is too long for the buffer (10040).
 */
export function isOfOneDatagram(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionRefused ||
    error instanceof Error && /\(os error 100(?:40|52)\)/.test(error.message);
}
