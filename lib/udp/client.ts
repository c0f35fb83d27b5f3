import { equals } from "../io/streams.ts";
import { type Address, formatAddress, sameAddress } from "../net/address.ts";
import { checkCount, checkTime } from "../net/clock.ts";
import type { Lookup } from "../net/resolve.ts";
import type { DatagramSocket } from "../net/sockets.ts";
import { Trace, traceDatagrams } from "../net/trace.ts";
import { preview } from "../text/printable.ts";
import { findPeers, type Peer } from "./_peers.ts";
import { type Received, UdpSocket } from "./socket.ts";

/** The least that RFC 8305 (happy eyeballs), section 8, recommends, in milliseconds. */
const STAGGER = 100;

/**
 * How many datagrams are looked at after a time-out. After a stop of the process (Ctrl-Z)
 * the response may be behind all that the socket holds: 277 small ones on Linux.
 */
const BACKLOG = 300;

/** Thrown when no response has come to any try of the request. */
export class NoAnswerError extends Error {
  /** The name that a printed error begins with. */
  override name = "NoAnswerError";

  /** Makes the error: each of the tries has waited for `timeout` milliseconds. */
  constructor(tries: number, timeout: number, more: string = "") {
    const what = tries === 1 ? "one try" : `${tries} tries`;
    const each = tries === 1 ? "" : " each";
    super(`No answer to ${what} of ${timeout / 1_000} s${each}${more}`);
  }
}

/** Thrown when datagrams have come, but no response. The message names them. */
export class UnexpectedAnswerError extends NoAnswerError {
  /** The name that a printed error begins with. */
  override name = "UnexpectedAnswerError";
}

/** Options of a {@linkcode UdpClient}. */
export interface UdpClientOptions {
  /**
   * How long each try of a request waits for a response, in milliseconds, above 0.
   *
   * @default {1000}
   */
  timeout?: number | undefined;
  /**
   * How many times to send a request again when no response comes.
   *
   * @default {3}
   */
  retries?: number | undefined;
  /** Ends a request or receive, with its reason; a last datagram can still be sent. */
  signal?: AbortSignal | undefined;
  /**
   * Takes a line about each datagram that is no response, such as that of another sender.
   * The error of a request has the line that tells most.
   */
  warn?: ((line: string) => void) | undefined;
  /** Takes the lines of a trace of each datagram. */
  trace?: ((line: string) => void) | undefined;
  /** Looks up the addresses of a name, instead of the system. */
  lookup?: Lookup | undefined;
}

/**
 * A client of a UDP server: it sends a request until the response comes.
 *
 * A datagram can get lost either way without an error, and any program may send to this
 * socket. So the sender must be the server, and `isAnswer` tells the answer from late
 * and duplicate responses to earlier requests.
 *
 * A name may have several addresses of which the server uses one: `localhost` is `::1`
 * and `127.0.0.1`. Until one has responded, each is sent to, one after the other within
 * moments; then that one alone. An address is passed over where Deno does not allow it
 * or the system cannot reach it, as long as there is another.
 *
 * @example
 * ```ts
 * import { UdpClient } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const open = (local: { hostname: string; port: number }) =>
 *   Deno.listenDatagram({ transport: "udp", ...local });
 * const server = open({ hostname: "127.0.0.1", port: 0 });
 * server.receive().then(([datagram, sender]) => server.send(datagram, sender));
 *
 * const { port } = server.addr as Deno.NetAddr;
 * using client = new UdpClient({ hostname: "localhost", port }, open);
 * const answer = await client.request(new TextEncoder().encode("Sarah"));
 * assertEquals(new TextDecoder().decode(answer), "Sarah");
 * server.close();
 * ```
 */
export class UdpClient implements Disposable {
  readonly #server: Address;
  readonly #openSocket: (local: Address) => DatagramSocket;
  readonly #options: UdpClientOptions & { timeout: number; retries: number };
  readonly #trace: Trace | undefined;
  readonly #closing = new AbortController();
  /** Aborted by the caller, or because the client is closed. */
  readonly #signal: AbortSignal;
  /** The sockets that are open, by the host that they send from. */
  readonly #sockets = new Map<string, UdpSocket>();
  /** The addresses of the server, the one that responded last in front. */
  #peers: { allowed: Peer[]; refused: Peer[] } | null = null;
  #lastAnswer: Uint8Array | null = null;
  /** What has come during a request besides its response, in words. */
  #other = { rank: 0, words: "" };
  #isAsking = false;

  /**
   * Opens nothing yet.
   *
   * @throws {RangeError} If the time-out is not above 0, or `retries` is no whole
   * number of at least 0. `Infinity` is allowed for both.
   * @throws {TypeError} If one of them is no number.
   * @param server The server's host, a name or an IP address, and its port.
   * @param openSocket Opens a UDP socket on a local address, as a rule one for each
   * version of IP that is needed.
   * @param options How long and how often to try.
   */
  constructor(
    server: Address,
    openSocket: (local: Address) => DatagramSocket,
    options: UdpClientOptions = {},
  ) {
    const { timeout = 1_000, retries = 3, signal, trace } = options;
    if (timeout === 0) {
      throw new RangeError("Invalid timeout 0: milliseconds, above 0");
    }
    this.#options = {
      ...options,
      timeout: checkTime("timeout", timeout),
      retries: checkCount("retries", retries, 0),
    };
    this.#server = server;
    this.#openSocket = openSocket;
    this.#trace = trace && new Trace(trace);
    const closed = this.#closing.signal;
    this.#signal = signal ? AbortSignal.any([signal, closed]) : closed;
  }

  /**
   * Sends a request, and again until the server responds.
   *
   * @throws {NoAnswerError} If no response comes.
   * @throws {UnexpectedAnswerError} If no response comes, but another datagram does.
   * @throws {NetAccessError} If Deno allows none of the server's addresses.
   * @throws {Deno.errors.BadResource} If the client is closed.
   * @throws {Deno.errors.Busy} If another request is pending.
   * @throws {unknown} An error of the lookup, or of a socket if no address can be
   * reached; the reason of the signal; what `isAnswer` or `warn` throws.
   * @param data What to send, as one datagram.
   * @param isAnswer Whether a datagram of the server answers this request; left out: any.
   * @returns The response.
   */
  async request(
    data: Uint8Array,
    isAnswer: (datagram: Uint8Array) => boolean = () => true,
  ): Promise<Uint8Array> {
    this.#signal.throwIfAborted();
    if (this.#isAsking) {
      throw new Deno.errors.Busy("Another request is pending");
    }
    this.#isAsking = true;
    this.#other = { rank: 0, words: "" };
    const { timeout, retries } = this.#options;
    try {
      await this.#findPeers();
      for (let i = 0; i <= retries; i++) {
        const begin = performance.now();
        const wait = (ms: number) => this.#receive(begin + ms, isAnswer);
        let answer = await this.#send(data, i > 0, wait);
        answer ??= await wait(timeout);
        if (answer !== undefined) return answer;
      }
      throw this.#noAnswer(retries + 1, timeout);
    } finally {
      this.#isAsking = false;
    }
  }

  /**
   * Sends a datagram, without waiting for a response.
   *
   * @throws {unknown} As {@linkcode request} does.
   * @param data What to send.
   */
  async send(data: Uint8Array): Promise<void> {
    await this.#send(data, false, () => undefined);
  }

  /**
   * Waits for the next datagram of the server.
   *
   * @throws {unknown} As {@linkcode request} does.
   * @param timeout The longest wait, in milliseconds. 0 or less: what lies ready.
   * @returns The datagram; `undefined` if none has come in time.
   */
  async receive(timeout: number = Infinity): Promise<Uint8Array | undefined> {
    const end = performance.now() + timeout;
    let failure: unknown;
    for (const peer of (await this.#findPeers()).allowed) {
      try {
        this.#socketTo(peer);
      } catch (error) {
        failure = error; // This machine has no such address, for one.
      }
    }
    if (this.#sockets.size === 0) throw failure;
    return await this.#receive(end, () => true);
  }

  /** Closes the sockets; what is pending fails. */
  [Symbol.dispose](): void {
    const reason = new Deno.errors.BadResource("The client is closed");
    this.#closing.abort(reason);
    for (const socket of this.#sockets.values()) socket[Symbol.dispose]();
  }

  async #findPeers() {
    this.#closing.signal.throwIfAborted();
    const { timeout, retries, lookup } = this.#options;
    return this.#peers ??= await findPeers(this.#server, {
      // A lookup gets the time of all tries, in which it repeats its query itself.
      timeout: timeout * (retries + 1),
      signal: this.#signal,
      lookup,
    });
  }

  /**
   * Sends to the address that has responded; before there is one, or with `toAll`, to
   * one after the other, until `wait` has returned the response.
   */
  async #send(
    data: Uint8Array,
    toAll: boolean,
    wait: (ms: number) => Promise<Uint8Array | undefined> | undefined,
  ): Promise<Uint8Array | undefined> {
    const { allowed } = await this.#findPeers();
    const longest = this.#options.timeout / 2 / allowed.length;
    const failures: unknown[] = [];
    for (const [i, peer] of allowed.entries()) {
      try {
        await this.#socketTo(peer).send(data, peer.remote);
      } catch (error) {
        this.#signal.throwIfAborted();
        failures.push(error);
        continue;
      }
      if (this.#lastAnswer !== null && !toAll) break;
      if (i === allowed.length - 1) break;
      const answer = await wait((i + 1) * Math.min(STAGGER, longest));
      if (answer !== undefined) return answer;
    }
    if (failures.length === allowed.length) throw failures[0];
    return undefined;
  }

  #socketTo({ local }: Peer): UdpSocket {
    let socket = this.#sockets.get(local.hostname);
    if (socket === undefined) {
      const opened = this.#openSocket(local);
      socket = new UdpSocket(
        this.#trace ? traceDatagrams(opened, this.#trace) : opened,
      );
      this.#sockets.set(local.hostname, socket);
    }
    return socket;
  }

  /** Receives until the response comes, or the time is over. */
  async #receive(
    end: number,
    isAnswer: (datagram: Uint8Array) => boolean,
  ): Promise<Uint8Array | undefined> {
    const sockets = [...this.#sockets.values()];
    for (let late = 0; late < BACKLOG;) {
      const left = end - performance.now();
      if (left <= 0) late++;
      const received = await UdpSocket.receiveAny(sockets, left, this.#signal);
      if (received === undefined) break;
      const [datagram, sender] = received;
      const peers = this.#peers?.allowed ?? [];
      const at = peers.findIndex(({ remote }) => sameAddress(remote, sender));
      if (at >= 0 && isAnswer(datagram)) {
        peers.unshift(...peers.splice(at, 1));
        // The next receive overwrites it.
        return this.#lastAnswer = datagram.slice();
      }
      // A duplicate of the last response is ignored.
      const last = this.#lastAnswer;
      if (last === null || !equals(datagram, last)) {
        this.#note(received, at >= 0);
      }
    }
    return undefined;
  }

  #note([datagram, sender]: Received, isServer: boolean): void {
    const from = formatAddress(sender);
    const words = !isServer
      ? `${from} answered instead of ${formatAddress(this.#server)}; ` +
        "ask the address that answers, or bind the server to the one that is asked"
      : datagram.length === 0
      ? `${from} sent an empty datagram; is it a load balancer without a server?`
      : `${from} sent ${preview(datagram)}; is it another server?`;
    this.#options.warn?.(words);
    const rank = isServer ? 3 : sender.port === this.#server.port ? 2 : 1;
    if (rank >= this.#other.rank) this.#other = { rank, words };
  }

  #noAnswer(tries: number, timeout: number): NoAnswerError {
    const { words } = this.#other;
    if (words !== "") {
      return new UnexpectedAnswerError(tries, timeout, `: ${words}`);
    }
    const refused = this.#peers?.refused ?? [];
    const left = refused.map(({ remote }) => formatAddress(remote));
    const more = ` (--allow-net leaves out ${left.join(" and ")})`;
    return new NoAnswerError(tries, timeout, left.length > 0 ? more : "");
  }
}
