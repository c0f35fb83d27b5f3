import {
  type Address,
  type AnyDatagramSocket,
  type DatagramSocket,
  formatAddress,
  type Lookup,
  sameAddress,
  systemClock,
  Trace,
  traceDatagrams,
  udpSocket,
} from "../net/mod.ts";
import { equals } from "../io/mod.ts";
import { preview } from "../text/mod.ts";
import { findPeers, type FindPeersOptions, type Peer } from "./peer.ts";

/** Larger than any datagram: one that does not fit would be cut off silently. */
const LARGEST = 65_535;

/**
 * How long one address of a name is ahead of the next, in milliseconds: the least
 * that RFC 8305 (happy eyeballs), section 8, recommends.
 */
const STAGGER = 100;

/** How long to look once more after a time-out, in milliseconds. */
const LOOK = 5;

/** How many times to look while datagrams come, none of which is the answer. */
const LOOKS = 50;

/** Thrown when no answer has come, however often the request was sent. */
export class NoAnswerError extends Error {
  /** The name that a printed error begins with. */
  override name = "NoAnswerError";

  /** How often the request was sent. */
  readonly tries: number;

  /**
   * Makes the error.
   *
   * @param tries How often the request was sent.
   * @param timeout How long each try has waited, in milliseconds.
   * @param more What else is known.
   */
  constructor(tries: number, timeout: number, more: string = "") {
    const seconds = timeout / 1_000;
    super(
      tries === 1
        ? `No answer to one try of ${seconds} s${more}`
        : `No answer to ${tries} tries of ${seconds} s each${more}`,
    );
    this.tries = tries;
  }
}

/**
 * Thrown when no answer has come, but something else has: from another address, or
 * other words from the server. The message has it.
 */
export class UnexpectedAnswerError extends NoAnswerError {
  /** The name that a printed error begins with. */
  override name = "UnexpectedAnswerError";
}

/** Options of a {@linkcode UdpClient}. */
export interface UdpClientOptions extends Omit<FindPeersOptions, "timeout"> {
  /**
   * How long each try waits for an answer, in milliseconds.
   *
   * @default {1000}
   */
  timeout?: number | undefined;
  /**
   * How many times to send again when no answer comes.
   *
   * @default {3}
   */
  retries?: number | undefined;
  /** Takes the lines of a trace of each datagram. */
  trace?: ((line: string) => void) | undefined;
}

/**
 * A client of a UDP server: it sends a request until the answer comes.
 *
 * A datagram can get lost either way, and no error says so. Nor does UDP say whose
 * answer comes, or to what: any program may send to this socket, so the sender must
 * be the server, and `isAnswer` tells the answer from late and doubled answers to
 * earlier requests.
 *
 * A name may have several addresses, and the server may use only one of them:
 * `localhost` is `::1` and `127.0.0.1`. The first try goes to each of them, one
 * after the other within moments, and later requests go to the one that answered.
 * An address is passed over where Deno does not allow it or the system cannot reach
 * it, as long as there is another one.
 *
 * One receive waits through all tries. A receive that is given up at each time-out
 * would go on all the same, and swallow the answer to the next try.
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
  readonly #openSocket: (local: Address) => AnyDatagramSocket;
  readonly #timeout: number;
  readonly #retries: number;
  readonly #signal: AbortSignal | undefined;
  readonly #trace: Trace | null;
  readonly #lookup: Lookup | undefined;
  readonly #isAllowed: ((host: string) => boolean) | undefined;
  /** The sockets that are open, by the host that they send from. */
  readonly #sockets = new Map<string, DatagramSocket>();
  /** The addresses to ask, the one that answered last in front. */
  #servers: Peer[] | null = null;
  /** Addresses that are not allowed. */
  #notAllowed: Address[] = [];
  #hasAnswered = false;
  #lastAnswer: Uint8Array | null = null;
  #exchange: Exchange | null = null;
  #closed = false;

  /**
   * Opens nothing yet.
   *
   * @throws {TypeError} If the time-out is not above 0, or `retries` is below 0.
   * @param server The server's host, a name or an IP address, and its port.
   * @param openSocket Opens a UDP socket on a local address; called once for each
   * local address that is needed, at most one for each version of IP as a rule.
   * @param options How long and how often to try.
   */
  constructor(
    server: Address,
    openSocket: (local: Address) => AnyDatagramSocket,
    options: UdpClientOptions = {},
  ) {
    const { timeout = 1_000, retries = 3, signal, trace, lookup } = options;
    if (!(timeout > 0 && timeout <= MAX_TIMEOUT) || !(retries >= 0)) {
      throw new TypeError(
        `Invalid timeout ${timeout} or retries ${retries}`,
      );
    }
    this.#server = server;
    this.#openSocket = openSocket;
    this.#timeout = timeout;
    this.#retries = retries;
    this.#signal = signal;
    this.#trace = trace ? new Trace(trace) : null;
    this.#lookup = lookup;
    this.#isAllowed = options.isAllowed;
  }

  /**
   * Sends a request, and again until the server answers it.
   *
   * @throws {NoAnswerError} If no answer comes.
   * @throws {UnexpectedAnswerError} If no answer comes, but something else does.
   * @throws {NetAccessError} If Deno allows none of the server's addresses.
   * @throws {Deno.errors.Busy} If another request is pending.
   * @throws {unknown} An error of the lookup, or of a socket if no address can be
   * reached; the reason of the signal; what `isAnswer` throws.
   * @param data What to send, as one datagram.
   * @param isAnswer Whether a datagram of the server answers this request; left
   * out, any does.
   * @returns The answer.
   */
  async request(
    data: Uint8Array,
    isAnswer: (datagram: Uint8Array) => boolean = () => true,
  ): Promise<Uint8Array> {
    if (this.#exchange !== null) {
      throw new Deno.errors.Busy("Another request is pending");
    }
    this.#signal?.throwIfAborted();
    const exchange = new Exchange(isAnswer);
    this.#exchange = exchange;
    const abort = () => exchange.fail(this.#signal?.reason);
    this.#signal?.addEventListener("abort", abort);
    try {
      this.#servers ??= await this.#findServers();
      for (let tries = 0; tries <= this.#retries; tries++) {
        await this.#try(exchange, data, this.#servers, tries);
        if (exchange.result !== null) return this.#end(exchange.result);
      }
      throw this.#noAnswer(exchange);
    } finally {
      this.#signal?.removeEventListener("abort", abort);
      this.#exchange = null;
    }
  }

  /** Closes the sockets; a pending request fails. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
    this.#exchange?.fail(new Deno.errors.BadResource("The client is closed"));
  }

  /** Finds the addresses of the server that are allowed. */
  async #findServers(): Promise<Peer[]> {
    // A lookup gets the time of all tries, in which it repeats its query itself.
    const timeout = Math.min(this.#timeout * (this.#retries + 1), MAX_TIMEOUT);
    const { allowed, refused } = await findPeers(this.#server, {
      timeout,
      signal: this.#signal,
      lookup: this.#lookup,
      isAllowed: this.#isAllowed,
    });
    this.#notAllowed = refused.map(({ remote }) => remote);
    return allowed;
  }

  /** Sends the request to one address after the other, and waits. */
  async #try(
    exchange: Exchange,
    data: Uint8Array,
    servers: Peer[],
    tries: number,
  ): Promise<void> {
    const start = performance.now();
    const asked = this.#hasAnswered && tries === 0
      ? servers.slice(0, 1)
      : servers;
    const stagger = Math.min(STAGGER, this.#timeout / 2 / asked.length);
    let failed: Promise<void> | undefined;
    for (const [i, server] of asked.entries()) {
      if (i > 0) await exchange.wait(stagger, failed);
      if (exchange.result !== null) return;
      failed = this.#send(exchange, data, server, servers.length);
    }
    // A process that was stopped meanwhile has no time left.
    const left = start + this.#timeout - performance.now();
    await exchange.wait(Math.max(0, left));
    await this.#lookAgain(exchange);
  }

  /**
   * Waits for the datagrams that lie ready. In a process that was stopped (Ctrl-Z)
   * for longer than the time-out, the timer fires before they are delivered.
   */
  async #lookAgain(exchange: Exchange): Promise<void> {
    // Twice at least: the first timer, too, may be late and fire before them.
    for (let i = 0, quiet = 0; i < LOOKS && quiet < 2; i++) {
      const { received } = exchange;
      await exchange.wait(LOOK);
      quiet = exchange.received === received ? quiet + 1 : 0;
    }
  }

  /**
   * Sends to one address. The request fails once none can be sent to.
   *
   * It is not awaited, because the full buffer of a device must not hold up the
   * time-out.
   *
   * @returns Settled if that fails, and never otherwise.
   */
  #send(
    exchange: Exchange,
    data: Uint8Array,
    server: Peer,
    servers: number,
  ): Promise<void> {
    const { promise: failed, resolve } = Promise.withResolvers<void>();
    const send = async () => {
      try {
        await this.#socketFor(server).send(data, server.remote);
        exchange.failures.delete(server);
      } catch (error) {
        exchange.failures.set(server, error);
        const [first] = exchange.failures.values();
        if (exchange.failures.size === servers) exchange.fail(first);
        resolve();
      }
    };
    send();
    return failed;
  }

  /** The socket to send from, which is received from as soon as it is open. */
  #socketFor({ local }: Peer): DatagramSocket {
    const open = this.#sockets.get(local.hostname);
    if (open !== undefined) return open;
    if (this.#closed) throw new Deno.errors.BadResource("The client is closed");
    const socket = udpSocket(this.#openSocket(local));
    const traced = this.#trace ? traceDatagrams(socket, this.#trace) : socket;
    this.#sockets.set(local.hostname, traced);
    this.#receiveFrom(traced);
    return traced;
  }

  /** Receives from a socket until it is closed. */
  async #receiveFrom(socket: DatagramSocket): Promise<void> {
    const buffer = new Uint8Array(LARGEST);
    while (!this.#closed) {
      try {
        const [datagram, sender] = await socket.receive(buffer);
        this.#take(datagram, sender);
      } catch (error) {
        // Windows reports here that an earlier try found no socket; the server
        // may be there in time for the next one.
        if (
          error instanceof Deno.errors.ConnectionReset ||
          error instanceof Deno.errors.ConnectionRefused
        ) continue;
        this.#exchange?.fail(error);
        return this.#forget(socket);
      }
    }
  }

  /** A socket that failed is opened anew for the next request. */
  #forget(socket: DatagramSocket): void {
    for (const [hostname, open] of this.#sockets) {
      if (open !== socket) continue;
      this.#sockets.delete(hostname);
      socket.close();
    }
  }

  /** Looks at a datagram that has come. */
  #take(datagram: Uint8Array, sender: Deno.NetAddr): void {
    const exchange = this.#exchange;
    if (exchange === null || exchange.result !== null) return;
    exchange.received++;
    const server = this.#servers?.find(({ remote }) =>
      sameAddress(remote, sender)
    );
    if (server === undefined) {
      return exchange.tookFromOther(sender, this.#server);
    }
    try {
      if (!exchange.isAnswer(datagram)) {
        // A doubled answer to the request before is no news.
        const isLate = this.#lastAnswer !== null &&
          equals(datagram, this.#lastAnswer);
        if (!isLate) exchange.tookOther(datagram, sender);
        return;
      }
    } catch (error) {
      return exchange.fail(error);
    }
    // The buffer is used again for the next datagram.
    exchange.succeed(datagram.slice(), server);
  }

  #end(result: Result): Uint8Array {
    if ("error" in result) throw result.error;
    const { answer, server } = result;
    const rest = this.#servers?.filter((other) => other !== server) ?? [];
    this.#servers = [server, ...rest];
    this.#hasAnswered = true;
    this.#lastAnswer = answer;
    return answer;
  }

  #noAnswer({ unexpected, otherSender }: Exchange): NoAnswerError {
    const tries = this.#retries + 1;
    const more = unexpected ?? this.#otherSender(otherSender);
    if (more !== null) {
      return new UnexpectedAnswerError(tries, this.#timeout, `: ${more}`);
    }
    const left = this.#notAllowed.map(formatAddress).join(" and ");
    return new NoAnswerError(
      tries,
      this.#timeout,
      left === "" ? "" : ` (--allow-net leaves out ${left})`,
    );
  }

  #otherSender(sender: Deno.NetAddr | null): string | null {
    if (sender === null) return null;
    return `${formatAddress(sender)} answered instead of ${
      formatAddress(this.#server)
    }; ask the address that answers, or bind the server to the one that is asked`;
  }
}

/** The longest time that a timer takes. */
const MAX_TIMEOUT = 2 ** 31 - 1;

type Result = { answer: Uint8Array; server: Peer } | { error: unknown };

/** One request: what has become of it, and what has come meanwhile. */
class Exchange {
  readonly isAnswer: (datagram: Uint8Array) => boolean;
  result: Result | null = null;
  /** How many datagrams have come. */
  received = 0;
  /** The last error of each address that could not be sent to. */
  readonly failures = new Map<Peer, unknown>();
  /** The first datagram of the server that was no answer, in words. */
  unexpected: string | null = null;
  /** Another address that has sent something; one with the same port, if any. */
  otherSender: Deno.NetAddr | null = null;
  #wake = () => {};

  constructor(isAnswer: (datagram: Uint8Array) => boolean) {
    this.isAnswer = isAnswer;
  }

  succeed(answer: Uint8Array, server: Peer): void {
    this.#settle({ answer, server });
  }

  fail(error: unknown): void {
    this.#settle({ error });
  }

  tookOther(datagram: Uint8Array, sender: Deno.NetAddr): void {
    this.unexpected ??= datagram.length === 0
      ? `${
        formatAddress(sender)
      } sent an empty datagram; is it a load balancer without a server?`
      : `${formatAddress(sender)} sent ${
        preview(datagram)
      }; is it another server?`;
  }

  tookFromOther(sender: Deno.NetAddr, server: Address): void {
    if (this.otherSender?.port !== server.port) this.otherSender = sender;
  }

  /** Waits until there is a result, for some milliseconds, or until `failed`. */
  async wait(ms: number, failed?: Promise<void>): Promise<void> {
    if (this.result !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = systemClock.later(resolve, ms);
    this.#wake = resolve;
    failed?.then(resolve);
    await promise;
    cancel();
  }

  #settle(result: Result): void {
    this.result ??= result;
    this.#wake();
  }
}
