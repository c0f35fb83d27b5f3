import { formatAddress } from "../net/address.ts";
import { checkCount, checkTime, systemClock } from "../net/clock.ts";
import { guarded, Trace } from "../net/trace.ts";
import { Acceptor, type Listener, pause, words } from "./_accept.ts";
import { FairScheduler } from "./_fair_scheduler.ts";
import { type Connection, friend, type Shared } from "./connection.ts";

/** Options of a {@linkcode TcpServer}. */
export interface TcpServerOptions {
  /**
   * The most connections at a time, at least 1. Further clients wait in the listen
   * backlog; none is turned away.
   *
   * @default {Infinity}
   */
  maxConnections?: number | undefined;
  /**
   * The longest wait of a read or a write of a connection, in milliseconds; 0 or
   * `Infinity`: no limit. See {@linkcode ConnectionOptions}.
   *
   * @default {0}
   */
  idleTimeout?: number | undefined;
  /**
   * How long a shutdown may take, in milliseconds; `Infinity`: no limit. For half of
   * that time input is read. Connections that are open at the end are aborted.
   *
   * @default {5000}
   */
  drainTimeout?: number | undefined;
  /** Shuts the server down when it is aborted; one that is aborted already: at once. */
  signal?: AbortSignal | undefined;
  /**
   * Called with the error that ended a connection, which is closed by then, and the
   * client's address. What this or another callback throws, at once or later, is
   * printed.
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
  /** Takes the lines of a trace of what each read and write moves. */
  trace?: ((line: string) => void) | undefined;
}

/** What a server does with a connection. */
export type Handler = (connection: Connection) => void | Promise<void>;

/** In a shutdown, how long a read waits for input that may be on its way, in ms. */
const QUIET = 10;

/**
 * That time is quiet if no more connections than this have moved bytes. Among many,
 * Deno may have left ready ones over: it completes 128 operations in a turn of its loop.
 */
const FEW = 16;

/** How long a handler may take to end after its connection was aborted, in ms. */
const HANDLER_GRACE = 100;

/**
 * A TCP server on an open listener, which keeps running whatever its clients do.
 *
 * It accepts while there is room, runs a handler for each connection, and ends
 * all of them at a shutdown, in which everything that had arrived gets its response.
 * {@linkcode serveTcp} is this class with its accept loop.
 *
 * @example
 * ```ts
 * import { TcpServer } from "./mod.ts";
 * import { readExactly } from "../io/mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * await using server = new TcpServer(listener, { maxConnections: 1_000 });
 *
 * const { hostname, port } = server.addr;
 * using client = await Deno.connect({ hostname, port });
 * const connection = await server.accept();
 * if (connection !== null) {
 *   server.spawn(connection, () => connection.write(new Uint8Array([7])));
 * }
 * assertEquals(await readExactly(client, 1), new Uint8Array([7]));
 * ```
 */
export class TcpServer implements AsyncDisposable {
  /** Where it listens. */
  readonly addr: Deno.NetAddr;
  /** Settles when the server has ended, after a shutdown. */
  readonly finished: Promise<void>;
  readonly #acceptor: Acceptor;
  readonly #maxConnections: number;
  readonly #drainTimeout: number;
  readonly #onError: (error: unknown, remoteAddr: Deno.NetAddr) => void;
  readonly #warn: (line: string) => void;
  readonly #shared: Shared;
  /** Accepted and not closed yet. */
  readonly #open = new Set<Connection>();
  /** Those among them whose handler, or closing, is under way. */
  readonly #running = new Set<Connection>();
  #isAccepting = false;
  /** How many calls of accept() have ended. */
  #accepted = 0;
  #drained: Promise<void> | null = null;
  readonly #end = Promise.withResolvers<void>();
  /** Resolved at the next change, if a method waits for one. */
  #changed: PromiseWithResolvers<void> | null = null;
  readonly #signal: AbortSignal | undefined;
  readonly #onSignal = () => void this.shutdown();

  /**
   * Takes over an open listener: the server closes it.
   *
   * @throws {RangeError} If a limit is negative, NaN, or a fraction of a connection.
   * @throws {TypeError} If a limit is no number.
   * @param listener A listener of `Deno.listen` or `Deno.listenTls`.
   * @param options Its limits, and where its reports go.
   */
  constructor(listener: Listener, options: TcpServerOptions = {}) {
    const { maxConnections = Infinity, idleTimeout = 0, drainTimeout = 5_000 } =
      options;
    const { signal, onError, trace } = options;
    const warn = guarded(options.warn ?? console.error);
    this.addr = listener.addr;
    this.finished = this.#end.promise;
    this.#maxConnections = checkCount("maxConnections", maxConnections, 1);
    this.#drainTimeout = checkTime("drainTimeout", drainTimeout);
    this.#warn = warn;
    this.#onError = guarded(
      onError ?? ((error, addr) =>
        warn(
          `Connection from ${formatAddress(addr)} failed: ${words(error)}`,
        )),
    );
    this.#shared = {
      idle: friend.idleTimer(idleTimeout),
      fair: new FairScheduler(),
      // One for all connections: their lines count from one beginning.
      trace: trace ? new Trace(trace) : null,
      draining: false,
      closed: (connection) => this.#closed(connection),
    };
    this.#acceptor = new Acceptor(listener, warn);
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onSignal, { once: true });
    if (signal?.aborted) {
      this.#acceptor.close();
      void this.shutdown();
    }
  }

  /**
   * Waits until there is room, and then for the next connection, which takes its place
   * in `maxConnections` until it is closed. An accept that fails is tried again.
   *
   * @throws {Deno.errors.Busy} If another call is pending.
   * @returns The connection; `null` once the server shuts down and no client waits.
   */
  async accept(): Promise<Connection | null> {
    if (this.#isAccepting) {
      throw new Deno.errors.Busy("Another accept() of this server is pending");
    }
    this.#isAccepting = true;
    try {
      await this.#until(() =>
        this.#open.size < this.#maxConnections || this.#acceptor.isClosed
      );
      const conn = await this.#acceptor.accept();
      if (conn === null) return null;
      const connection = friend.open(conn, this.#shared);
      this.#open.add(connection);
      this.#shared.fair.connections = this.#open.size;
      return connection;
    } finally {
      this.#isAccepting = false;
      this.#accepted++;
      this.#notify();
    }
  }

  /**
   * Runs a handler for a connection and does not wait for it.
   *
   * When the handler returns, the connection is closed gracefully. When it throws,
   * the connection is aborted, and `onError` takes the error.
   *
   * @throws {TypeError} If the connection has a handler already.
   * @param connection A connection that {@linkcode accept} has returned.
   * @param handler What to do with it.
   */
  spawn(connection: Connection, handler: Handler): void {
    if (this.#running.has(connection)) {
      throw new TypeError("This connection has a handler already");
    }
    this.#running.add(connection);
    // No async function, as thousands of these are kept while they wait.
    call(handler, connection).then(
      () => this.#finish(connection),
      (error) => {
        // In a shutdown, an error says no more than that the time was up.
        const isOver = this.#shared.draining && !this.#open.has(connection);
        connection.abort();
        this.#finish(connection);
        if (!isOver) this.#onError(error, connection.remoteAddr);
      },
    );
  }

  /**
   * Ends all connections, and then the server.
   *
   * What had arrived when the shutdown began gets its response, in accepted connections
   * and in those that wait in the listen backlog if {@linkcode accept} is being
   * called: sleeps end at once, and reads return `null` when everything was read, or
   * after half of `drainTimeout`. A handler then returns, and what it has written is
   * delivered. Connections that are open after the whole of `drainTimeout` are aborted,
   * and `warn` says how many, and why.
   *
   * A handler may call this, but must not await it: the shutdown waits for the handler.
   */
  shutdown(): Promise<void> {
    return this.#drained ??= this.#drain();
  }

  /** The same as {@linkcode shutdown}: the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #finish(connection: Connection): void {
    connection.close().then(() => {
      this.#running.delete(connection);
      this.#notify();
    });
  }

  #closed(connection: Connection): void {
    this.#open.delete(connection);
    this.#shared.fair.connections = this.#open.size;
    this.#notify();
  }

  async #until(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      this.#changed ??= Promise.withResolvers<void>();
      await this.#changed.promise;
    }
  }

  #notify(): void {
    this.#changed?.resolve();
    this.#changed = null;
  }

  async #drain(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#onSignal);
    this.#shared.draining = true;
    for (const connection of this.#open) friend.endSleeps(connection);
    let isOver = false;
    // An accept that is pending may still bring a connection.
    const hasEnded = () =>
      this.#acceptor.isClosed && !this.#isAccepting && this.#running.size === 0;
    const cancel = systemClock.later(() => {
      isOver = true;
      this.#notify();
    }, this.#drainTimeout);
    void this.#endQuietInput(() => isOver);
    while (!isOver && !hasEnded()) {
      await this.#until(() => isOver || hasEnded());
      // The caller of `accept` runs the handler once `accept` has returned.
      await pause(0);
    }
    isOver = true;
    cancel();
    this.#stopAccepting();
    // The port is free once a pending accept has ended, maybe with a connection.
    await this.#until(() => !this.#isAccepting);
    this.#abortAll();
    // A handler that waits for something else does not hold up the shutdown.
    if (!hasEnded()) {
      await Promise.race([this.#until(hasEnded), pause(HANDLER_GRACE)]);
    }
    this.#end.resolve();
  }

  /**
   * Ends the input of each connection when everything that had arrived was taken: when
   * its read has waited through a quiet time. Stops accepting when nobody is left.
   */
  async #endQuietInput(isOver: () => boolean): Promise<void> {
    // Clients that keep sending or coming must not use up the time of the last responses.
    const half = systemClock.now() + this.#drainTimeout / 2;
    for (;;) {
      const before = this.#reads();
      await pause(QUIET);
      if (isOver()) return;
      const now = [...this.#reads()];
      const busy = now.filter(([conn, n]) => before.get(conn) !== n);
      if (systemClock.now() >= half) return this.#stopReading(busy.length);
      if (busy.length > FEW) continue;
      for (const [conn, n] of now) {
        if (n >= 0 && before.get(conn) === n) friend.endInput(conn);
      }
      // An accept that waits through a turn of the event loop has found the backlog
      // empty. If clients keep connecting, a longer wait may never come.
      if (!this.#isAccepting || this.#acceptor.isWaiting) {
        const accepted = this.#accepted;
        await pause(1);
        if (accepted === this.#accepted) this.#stopAccepting();
      }
    }
  }

  /** How many reads have ended: `n` if a further one waits, otherwise `~n`. */
  #reads(): Map<Connection, number> {
    const reads = new Map<Connection, number>();
    for (const conn of this.#open) reads.set(conn, friend.reads(conn));
    return reads;
  }

  #stopReading(busy: number): void {
    this.#stopAccepting();
    for (const connection of this.#open) friend.endInput(connection);
    if (busy === 0) return;
    this.#warn(`Stopped reading, as ${connections(busy)} kept sending`);
  }

  #stopAccepting(): void {
    this.#acceptor.close();
    this.#notify();
  }

  #abortAll(): void {
    const late = { write: 0, peer: 0, handler: 0 };
    for (const connection of this.#open) {
      if (this.#running.has(connection)) late[friend.waitsFor(connection)]++;
      connection.abort();
    }
    const closed = (n: number, what: string) => {
      if (n > 0) this.#warn(`Closed ${connections(n)} ${what} in time`);
    };
    closed(late.write, "that had not read the last answer");
    closed(late.handler, "whose handler had not ended");
  }
}

/** The promise of a handler, asynchronous or not. `Promise.try` takes 0.2 KiB more. */
function call(handler: Handler, connection: Connection): Promise<void> {
  try {
    return handler(connection) ?? Promise.resolve();
  } catch (error) {
    return Promise.reject(error);
  }
}

function connections(count: number): string {
  return `${count} ${count === 1 ? "connection" : "connections"}`;
}
