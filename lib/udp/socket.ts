import {
  type AnyDatagramSocket,
  type DatagramSocket,
  Trace,
  traceDatagrams,
  udpSocket,
} from "../net/mod.ts";
import type { Received } from "./server.ts";

/** Larger than any datagram: one that does not fit would be cut off silently. */
const LARGEST = 65_535;

/** How long to look once more after a time-out that is late, in milliseconds. */
const LOOK = 5;

/** Options of a {@linkcode UdpSocket}. */
export interface UdpSocketOptions {
  /** Ends a receive when it is aborted. */
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
 * assertEquals(await socket.receive(10), null);
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
  /** A receive that may have been waited for in vain. */
  #pending: Promise<Received> | null = null;
  #closed = false;

  /**
   * Takes over an open socket: disposal closes it.
   *
   * @param socket A socket of `Deno.listenDatagram`.
   * @param options When to end, and where a trace goes.
   */
  constructor(socket: AnyDatagramSocket, options: UdpSocketOptions = {}) {
    const udp = udpSocket(socket);
    this.addr = udp.addr;
    this.#signal = options.signal;
    this.#socket = options.trace
      ? traceDatagrams(udp, new Trace(options.trace))
      : udp;
  }

  /**
   * Waits for the next datagram. One receive at a time.
   *
   * @throws {unknown} The reason of the signal, if that is aborted.
   * @throws {Error} If the system reports an error of the socket.
   * @param timeout The longest wait, in milliseconds; left out: without limit.
   * Less than 0 counts as 0.
   * @returns The datagram, which the next call overwrites, and its sender; `null`
   * if none has come in time.
   */
  async receive(timeout?: number): Promise<Received | null> {
    this.#signal?.throwIfAborted();
    this.#pending ??= this.#receive();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const abort = () => reject(this.#signal?.reason);
    this.#signal?.addEventListener("abort", abort);
    try {
      const ended = Promise.race([this.#pending, aborted]);
      const received = await within(ended, timeout);
      if (received !== null) this.#pending = null;
      return received;
    } catch (error) {
      // A failed receive is over; one that the signal has interrupted is not.
      if (!this.#signal?.aborted) this.#pending = null;
      throw error;
    } finally {
      this.#signal?.removeEventListener("abort", abort);
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
    if (this.#closed) return;
    this.#closed = true;
    // Closing rejects it, and no call waits for it any more.
    this.#pending?.catch(() => {});
    this.#socket.close();
  }

  async #receive(): Promise<Received> {
    for (;;) {
      try {
        return await this.#socket.receive(this.#buffer);
      } catch (error) {
        // Windows reports here that an earlier datagram found no socket.
        if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
      }
    }
  }
}

/** What the promise resolves to; `null` if it has not settled in time. */
async function within<T>(
  promise: Promise<T>,
  timeout: number | undefined,
): Promise<T | null> {
  if (timeout === undefined) return await promise;
  const start = performance.now();
  const result = await race(promise, Math.max(0, timeout));
  // A process that was stopped (Ctrl-Z) is told of its timers first, and only then
  // of what had come in time.
  const isLate = timeout <= 0 || performance.now() - start > timeout + LOOK;
  return isLate ? result ?? await race(promise, LOOK) : result;
}

async function race<T>(promise: Promise<T>, timeout: number) {
  const { promise: nothing, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(resolve, timeout, null);
  try {
    return await Promise.race([promise, nothing]);
  } finally {
    clearTimeout(timer);
  }
}
