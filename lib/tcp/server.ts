import { formatAddress, Trace } from "../net/mod.ts";
import { printable } from "../text/mod.ts";
import { Acceptor, type Listener, pause } from "./_accept.ts";
import { FairScheduler } from "./_fair_scheduler.ts";
import { endInputs, type Input, limit } from "./_drain.ts";
import {
  type Connection,
  friend,
  idleTimerOf,
  type Shared,
} from "./connection.ts";

/** Options of a {@linkcode TcpServer}. */
export interface TcpServerOptions {
  /**
   * The most connections at a time. Further clients wait in the listen backlog
   * and none is turned away, unlike with `maxConnections` of Node's `net.Server`.
   *
   * @default {Infinity}
   */
  maxConnections?: number | undefined;
  /**
   * The longest wait of a read or a write of a connection, in milliseconds; 0: no
   * limit. See {@linkcode ConnectionOptions}.
   *
   * @default {0}
   */
  idleTimeout?: number | undefined;
  /**
   * How long a shutdown may take, in milliseconds. Connections that are open then
   * are aborted.
   *
   * @default {5000}
   */
  drainTimeout?: number | undefined;
  /** Shuts the server down when it is aborted. */
  signal?: AbortSignal | undefined;
  /**
   * Called with the error that ended a connection, and the client's address.
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

/** How long handlers may take to end after their connection was aborted, in ms. */
const HANDLER_GRACE = 100;

/**
 * A TCP server on an open listener, which keeps running whatever its clients do.
 *
 * It accepts while there is room, runs a handler for each connection, and ends
 * all of them at a shutdown, in which everything that had arrived is answered.
 * {@linkcode serveTcp} is this class with its accept loop.
 *
 * @example
 * ```ts
 * import { TcpServer } from "./mod.ts";
 * import { readExactly } from "../io/mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const stop = new AbortController();
 * const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const server = new TcpServer(listener, { signal: stop.signal });
 *
 * const { hostname, port } = server.addr;
 * const client = await Deno.connect({ hostname, port });
 *
 * const connection = await server.accept();
 * if (connection !== null) {
 *   server.spawn(connection, () => connection.write(new Uint8Array([7])));
 * }
 * assertEquals(await readExactly(client, 1), new Uint8Array([7]));
 * client.close();
 *
 * stop.abort(); // Or server.shutdown().
 * assertEquals(await server.accept(), null);
 * await server.shutdown();
 * ```
 */
export class TcpServer implements AsyncDisposable {
  /** Where it listens. */
  readonly addr: Deno.NetAddr;
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
  /** How many calls of accept() wait, and how many have ended. */
  #accepting = 0;
  #accepted = 0;
  #drained: Promise<void> | null = null;
  /** Resolved at the next change, if a method waits for one. */
  #changed: PromiseWithResolvers<void> | null = null;
  readonly #signal: AbortSignal | undefined;
  readonly #onSignal = () => void this.shutdown();

  /**
   * Takes over an open listener: the server closes it.
   *
   * @param listener A listener of `Deno.listen` or `Deno.listenTls`.
   * @param options Its limits, and where its reports go.
   */
  constructor(listener: Listener, options: TcpServerOptions = {}) {
    const { maxConnections = Infinity, idleTimeout, drainTimeout = 5_000 } =
      options;
    const { signal, onError, warn = console.error, trace } = options;
    this.addr = listener.addr;
    this.#maxConnections = maxConnections;
    this.#drainTimeout = drainTimeout;
    this.#warn = warn;
    this.#onError = onError ?? ((error, remoteAddr) => {
      const message = error instanceof Error ? error.message : String(error);
      const peer = formatAddress(remoteAddr);
      warn(`Connection from ${peer} failed: ${printable(message)}`);
    });
    this.#acceptor = new Acceptor(listener, warn);
    this.#shared = {
      idle: idleTimerOf(idleTimeout),
      fair: new FairScheduler(),
      // One for all connections: their lines count from one beginning.
      trace: trace ? new Trace(trace) : null,
      draining: false,
      completed: 0,
      closed: (connection) => this.#closed(connection),
    };
    this.#signal = signal;
    if (signal?.aborted) void this.shutdown();
    else signal?.addEventListener("abort", this.#onSignal, { once: true });
  }

  /**
   * Waits until there is room, and then for the next connection.
   *
   * A connection takes its place in `maxConnections` here, until it is closed.
   *
   * @returns The connection; `null` once the server shuts down and the listen
   * backlog is empty.
   */
  async accept(): Promise<Connection | null> {
    this.#accepting++;
    try {
      await this.#until(() =>
        this.#open.size < this.#maxConnections || this.#acceptor.isClosed
      );
      const conn = await this.#acceptor.accept();
      if (conn === null) return null;
      const connection = friend.connect(conn, this.#shared);
      this.#open.add(connection);
      this.#shared.fair.connections = this.#open.size;
      return connection;
    } finally {
      this.#accepting--;
      this.#accepted++;
    }
  }

  /**
   * Runs a handler for a connection and does not wait for it.
   *
   * When the handler returns, the connection is closed gracefully. When it throws,
   * the connection is aborted, and `onError` takes the error.
   *
   * @param connection A connection that {@linkcode accept} has returned.
   * @param handler What to do with it.
   */
  spawn(connection: Connection, handler: Handler): void {
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
   * What had arrived when the shutdown began is answered, in accepted connections
   * and in those that wait in the listen backlog if {@linkcode accept} is being
   * called: sleeps end at once, and reads return `null` when everything was read.
   * The peers are told that this is the end. Connections that are open when
   * `drainTimeout` has passed are aborted, and `warn` says how many.
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
    const over = new AbortController();
    using _limit = limit(this.#drainTimeout, () => {
      over.abort();
      this.#notify();
    });
    // A flood of new connections must not use up the time of the last answers.
    using _half = limit(this.#drainTimeout / 2, () => this.#stopAccepting());
    const ended = endInputs(
      () => this.#inputs(),
      () => this.#shared.completed,
      over.signal,
    );
    await this.#until(() =>
      over.signal.aborted || this.#acceptor.isClosed && this.#running.size === 0
    );
    over.abort();
    await ended;
    this.#stopAccepting();
    const late = this.#running.size;
    for (const connection of this.#open) connection.abort();
    if (late > 0) this.#warn(closedLate(late));
    // A handler that waits for something else does not hold up the shutdown.
    const done = new AbortController();
    const allEnded = this.#until(() => this.#running.size === 0);
    await Promise.race([allEnded, pause(HANDLER_GRACE, done.signal)]);
    done.abort();
  }

  /** The inputs that have not ended: those of connections, and the backlog. */
  #inputs(): Input[] {
    const inputs = [...this.#open].map((connection): Input => ({
      pending: () => friend.pendingRead(connection),
      end: () => friend.endInput(connection),
    }));
    if (this.#acceptor.isClosed) return inputs;
    const isBusy = () => this.#accepting > 0 && !this.#acceptor.isWaiting;
    const pending = () => isBusy() ? null : this.#accepted;
    return [...inputs, { pending, end: () => this.#stopAccepting() }];
  }

  #stopAccepting(): void {
    this.#acceptor.close();
    this.#notify();
  }
}

/** The handler's promise, also for a handler that is not asynchronous. */
function call(handler: Handler, connection: Connection): Promise<void> {
  try {
    return handler(connection) ?? Promise.resolve();
  } catch (error) {
    return Promise.reject(error);
  }
}

function closedLate(count: number): string {
  return count === 1
    ? "Closed 1 connection that had not read its last answer in time"
    : `Closed ${count} connections that had not read their last answer in time`;
}

/** A running {@linkcode serveTcp}; its members are those of `Deno.HttpServer`. */
export interface TcpService extends AsyncDisposable {
  /** Where it listens. */
  readonly addr: Deno.NetAddr;
  /** Settles when the server has ended. */
  readonly finished: Promise<void>;
  /** Ends the server gracefully: see {@linkcode TcpServer.shutdown}. */
  shutdown(): Promise<void>;
}

/** Options of {@linkcode serveTcp}. */
export interface ServeTcpOptions extends TcpServerOptions {
  /** The port; 0: any free one, which `addr` tells. */
  port: number;
  /**
   * The address to listen on; `0.0.0.0` lets the whole network in.
   *
   * @default {"127.0.0.1"} Unlike Deno's own, which is 0.0.0.0.
   */
  hostname?: string | undefined;
  /** Whether other processes may listen on the port, too (Linux). */
  reusePort?: boolean | undefined;
  /** How many connections may wait to be accepted: the listen backlog. */
  tcpBacklog?: number | undefined;
  /** The certificate chain in PEM: the server speaks TLS. */
  cert?: string | undefined;
  /** The private key of the certificate in PEM. */
  key?: string | undefined;
  /** The protocols that the server speaks inside TLS, the preferred one first (ALPN). */
  alpnProtocols?: string[] | undefined;
  /** Called once it listens. */
  onListen?: ((localAddr: Deno.NetAddr) => void) | undefined;
}

/**
 * Serves TCP: what `Deno.serve` is for HTTP.
 *
 * It survives resets before accept and a lack of file descriptors, limits the
 * connections and their idle time, keeps busy clients from starving others, and
 * answers everything that had arrived when it is shut down.
 *
 * @throws {Deno.errors.AddrInUse} If the port is in use.
 * @throws {Deno.errors.NotCapable} If `--allow-net` does not name the address.
 * @param options Where to listen, and the limits.
 * @param handler What to do with a connection. When it returns, the connection is
 * closed gracefully; when it throws, the connection is aborted and `onError` called.
 * @returns The running server.
 *
 * @example An echo server
 * ```ts
 * import { serveTcp } from "./mod.ts";
 *
 * const server = serveTcp({ port: 0, maxConnections: 1_000 }, async (connection) => {
 *   const buffer = new Uint8Array(1024);
 *   for (let n; (n = await connection.read(buffer)) !== null;) {
 *     await connection.write(buffer.subarray(0, n));
 *   }
 * });
 * await server.shutdown();
 * ```
 */
export function serveTcp(
  options: ServeTcpOptions,
  handler: Handler,
): TcpService {
  const server = new TcpServer(listen(options), options);
  options.onListen?.(server.addr);
  const finished = (async () => {
    await using _ending = server;
    for (let conn; (conn = await server.accept()) !== null;) {
      server.spawn(conn, handler);
    }
  })();
  const shutdown = async () => {
    await server.shutdown();
    await finished;
  };
  return {
    addr: server.addr,
    finished,
    shutdown,
    [Symbol.asyncDispose]: shutdown,
  };
}

function listen(options: ServeTcpOptions): Listener {
  const { hostname = "127.0.0.1", port, tcpBacklog, reusePort } = options;
  const { cert, key, alpnProtocols } = options;
  const where = {
    hostname,
    port,
    ...(tcpBacklog !== undefined && { tcpBacklog }),
    ...(reusePort !== undefined && { reusePort }),
  };
  if (cert === undefined && key === undefined) return Deno.listen(where);
  if (cert === undefined || key === undefined) {
    throw new TypeError("TLS needs both: cert and key");
  }
  return Deno.listenTls({
    ...where,
    cert,
    key,
    ...(alpnProtocols !== undefined && { alpnProtocols }),
  });
}
