import {
  type AnyDatagramSocket,
  type DatagramSocket,
  describeBound,
  formatAddress,
  formatHostname,
  isLoopback,
  isNetAllowed,
  NetAccessError,
  Trace,
  traceDatagrams,
  udpSocket,
} from "../net/mod.ts";
import { printable } from "../text/mod.ts";
import { Refusals } from "./_refusals.ts";

/** A datagram and its sender. */
export type Received = [datagram: Uint8Array, sender: Deno.NetAddr];

/** Options of a {@linkcode UdpServer}. */
export interface UdpServerOptions {
  /** Ends the server when it is aborted. */
  signal?: AbortSignal | undefined;
  /**
   * Takes the error of a datagram that was not sent or not answered, and the
   * address of its peer.
   *
   * @default {undefined} It is passed to `warn`.
   */
  onError?: ((error: unknown, remoteAddr: Deno.NetAddr) => void) | undefined;
  /**
   * Takes a line of text for the person who runs the server.
   *
   * @default {console.error}
   */
  warn?: ((line: string) => void) | undefined;
  /** Takes the lines of a trace of each datagram. */
  trace?: ((line: string) => void) | undefined;
  /**
   * The host that the socket was opened with. If it is a name, `warn` takes a line
   * that says which of its addresses the server is bound to.
   *
   * @default {undefined} No line.
   */
  hostname?: string | undefined;
  /**
   * Tells the datagrams that feed on this server's own answers: another server,
   * in whose name a datagram was forged, has sent them, and the two would answer
   * each other without end. They are counted and not handed over.
   *
   * @default {undefined} None.
   */
  isLoop?:
    | ((datagram: Uint8Array, sender: Deno.NetAddr) => boolean)
    | undefined;
}

/**
 * The lowest port of a client. Those below are services (RFC 6335, section 6), of
 * which some answer anything: echo (7), daytime (13), chargen (19), time (37). A
 * NAT keeps the ports of clients above it (RFC 4787, REQ-3).
 */
const MIN_CLIENT_PORT = 1024;

/**
 * A UDP server on an open socket, which outlives whatever its peers send.
 *
 * It hands over one datagram at a time. A second receive before the first datagram
 * was answered would deliver out of order. A datagram that cannot be answered is
 * reported and ends nothing.
 *
 * The sender of a datagram can be forged (RFC 2827), and the answer then goes to
 * another server, which may answer it. To break such loops, it refuses datagrams
 * from the ports of services, those below 1024, and those that `isLoop` tells. It
 * reports them to `onError`, with their number, at most once a second.
 *
 * @example
 * ```ts
 * import { UdpServer } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const open = () =>
 *   Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
 * const stop = new AbortController();
 * const server = new UdpServer(open(), { signal: stop.signal });
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
 * stop.abort();
 * assertEquals(await server.receive(buffer), null);
 * ```
 */
export class UdpServer {
  /** The address that it is bound to. */
  readonly addr: Deno.NetAddr;
  readonly #socket: DatagramSocket;
  readonly #signal: AbortSignal | undefined;
  readonly #onError: (error: unknown, remoteAddr: Deno.NetAddr) => void;
  readonly #isLoop: (datagram: Uint8Array, sender: Deno.NetAddr) => boolean;
  readonly #refusals: Refusals;
  /** Whether answers to every host are allowed, and one host that is. */
  readonly #allowsAll = isNetAllowed();
  #allowedHost: string | null = null;
  #receiving = false;
  #closed = false;

  /**
   * Takes over an open socket: the server closes it.
   *
   * @param socket A socket of `Deno.listenDatagram`.
   * @param options When to end, and where its reports go.
   */
  constructor(socket: AnyDatagramSocket, options: UdpServerOptions = {}) {
    const { signal, onError, warn = console.error, trace } = options;
    const { isLoop = () => false, hostname } = options;
    const udp = udpSocket(socket);
    this.addr = udp.addr;
    this.#socket = trace ? traceDatagrams(udp, new Trace(trace)) : udp;
    this.#signal = signal;
    this.#onError = onError ?? ((error, remoteAddr) => {
      const message = error instanceof Error ? error.message : String(error);
      const peer = formatAddress(remoteAddr);
      warn(`Datagram of ${peer} not answered: ${printable(message)}`);
    });
    this.#isLoop = isLoop;
    this.#refusals = new Refusals(this.#onError);
    const lines = [
      describeBound(hostname, this.addr),
      this.#missingPermission(),
    ];
    for (const line of lines) if (line !== null) warn(line);
    const stop = () => {
      if (this.#receiving) this.#close();
    };
    signal?.addEventListener("abort", stop, { once: true });
  }

  /**
   * Waits for the next datagram.
   *
   * @throws {Error} If the system reports an error of the socket.
   * @param buffer Where to put it. What does not fit is cut off without an error:
   * 65,535 bytes hold any datagram.
   * @returns The datagram, a view of `buffer`, and its sender; `null` once the
   * signal is aborted, and the socket is closed then.
   */
  async receive(buffer: Uint8Array): Promise<Received | null> {
    while (!this.#signal?.aborted) {
      this.#receiving = true;
      try {
        const [datagram, sender] = await this.#socket.receive(buffer);
        // One that came with the signal is as if it had come a moment later.
        if (this.#signal?.aborted) break;
        if (this.#answers(datagram, sender)) return [datagram, sender];
      } catch (error) {
        // Closing is how a pending receive is ended.
        if (this.#signal?.aborted) break;
        // Windows reports here that an earlier answer found no socket.
        if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
      } finally {
        this.#receiving = false;
      }
    }
    this.#close();
    return null;
  }

  /**
   * Sends a datagram. If that fails, `onError` takes the error: it may be too long,
   * or Deno may not allow its address.
   *
   * @param data What to send.
   * @param addr Where to.
   */
  async send(data: Uint8Array, addr: Deno.NetAddr): Promise<void> {
    try {
      this.#checkPermission(addr);
      await this.#socket.send(data, addr);
    } catch (error) {
      this.#onError(error, addr);
    }
  }

  #answers(datagram: Uint8Array, sender: Deno.NetAddr): boolean {
    this.#refusals.report();
    if (sender.port < MIN_CLIENT_PORT) {
      this.#refusals.add(
        `a client has no port below ${MIN_CLIENT_PORT}`,
        sender,
      );
      return false;
    }
    if (this.#isLoop(datagram, sender)) {
      this.#refusals.add("a loop of answers", sender);
      return false;
    }
    return true;
  }

  /** What has to be allowed to answer clients, if it is not, in a line. */
  #missingPermission(): string | null {
    if (this.#allowsAll) return null;
    const { hostname } = this.addr;
    const host = formatHostname(hostname);
    if (!isLoopback(hostname)) {
      return `Can answer only the hosts that --allow-net lists; to answer all clients of ${
        formatAddress(this.addr)
      }, grant --allow-net without a list`;
    }
    if (isNetAllowed(host)) return null;
    return `Cannot answer the clients of ${
      formatAddress(this.addr)
    }, of which each has a port of its own; grant --allow-net=${host}`;
  }

  /** Throws where Deno would throw, and where it would stop the server to prompt. */
  #checkPermission({ hostname, port }: Deno.NetAddr): void {
    if (this.#allowsAll || hostname === this.#allowedHost) return;
    const host = formatHostname(hostname);
    if (isNetAllowed(host)) this.#allowedHost = hostname;
    else if (!isNetAllowed(`${host}:${port}`)) throw new NetAccessError([host]);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#refusals.flush();
    this.#socket.close();
  }
}
