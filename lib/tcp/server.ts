import { describeBound, formatAddress, Trace } from "../net/mod.ts";
import { printable } from "../text/mod.ts";
import { Acceptor, type Listener, pause } from "./_accept.ts";
import { BATCH, FairScheduler, FEW } from "./_fair_scheduler.ts";
import { HealthChecks } from "./_health_checks.ts";
import { IdleTimer } from "./_idle_timer.ts";
import { UnexpectedProxyHeaderError } from "./_proxy_protocol.ts";
import {
  Connection,
  type ConnectionOptions,
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
  /**
   * Whether a proxy such as HAProxy or nginx stands in front, which sends a PROXY
   * protocol header (version 1 or 2) first: then `remoteAddr` is the client's, and a
   * connection without a header is an error. With `false` a header is an error, which
   * is reported once.
   *
   * @default {undefined} The handler gets whatever comes.
   */
  proxyProtocol?: boolean | undefined;
  /**
   * The host as `Deno.listen` was told it. For a name, of whose addresses it binds
   * the first alone, `warn` says which one that is.
   *
   * @default {undefined} The host is not known.
   */
  hostname?: string | undefined;
  /**
   * Whether other processes listen on the port, too. The server cannot connect to
   * itself then, which it needs to keep more than 128 busy connections from starving.
   *
   * @default {false}
   */
  reusePort?: boolean | undefined;
  /** Shuts the server down when it is aborted. */
  signal?: AbortSignal | undefined;
  /**
   * Called with the error that ended a connection, and the client's address.
   *
   * @default {undefined} It is passed to `warn`.
   */
  onError?: ((error: unknown, remoteAddr: Deno.NetAddr) => void) | undefined;
  /**
   * Takes the lines that handlers log. Those about health checks of a load balancer,
   * connections that are closed again and again without a byte, are left out after
   * the first few.
   *
   * @default {undefined} They go nowhere.
   */
  log?: ((line: string) => void) | undefined;
  /**
   * Takes a line of text for the person who runs the server.
   *
   * @default {console.error}
   */
  warn?: ((line: string) => void) | undefined;
  /** Takes the lines of a trace of what each read and write moves. */
  trace?: ((line: string) => void) | undefined;
}

/** What a server does with a connection; `log` takes a line about it. */
export type Handler = (
  connection: Connection,
  log: (line: string) => void,
) => void | Promise<void>;

/** In a shutdown, how long to wait for input that may be on its way, in ms. */
const QUIET = 20;

/** How long handlers may take to end after their connection was aborted, in ms. */
const HANDLER_GRACE = 100;

const DONE: Promise<void> = Promise.resolve();

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
  readonly #log: (line: string) => void;
  readonly #healthChecks = new HealthChecks();
  /** Lines about connections that have sent nothing, and may be health checks. */
  readonly #heldLines = new Map<Connection, string[]>();
  readonly #shared: Shared;
  readonly #readsProxyHeader: boolean;
  readonly #mayConnectToSelf: boolean;
  #reportedProxyHeader = false;
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
  #removeAbortListener = () => {};

  /**
   * Takes over an open listener: the server closes it.
   *
   * @param listener A listener of `Deno.listen` or `Deno.listenTls`.
   * @param options Its limits, and where its reports go.
   */
  constructor(listener: Listener, options: TcpServerOptions = {}) {
    const { maxConnections = Infinity, idleTimeout = 0, drainTimeout = 5_000 } =
      options;
    const { signal, onError, warn = console.error, trace } = options;
    const { hostname, proxyProtocol, reusePort = false } = options;
    this.addr = listener.addr;
    this.#maxConnections = maxConnections;
    this.#drainTimeout = drainTimeout;
    this.#warn = warn;
    this.#log = options.log ?? (() => {});
    this.#onError = onError ?? ((error, remoteAddr) => {
      const message = error instanceof Error ? error.message : String(error);
      const peer = formatAddress(remoteAddr);
      warn(`Connection from ${peer} failed: ${printable(message)}`);
    });
    this.#acceptor = new Acceptor(listener, warn);
    this.#readsProxyHeader = proxyProtocol === true;
    // Up to 128 connections need no fairness.
    this.#mayConnectToSelf = maxConnections > BATCH && !reusePort;
    this.#shared = {
      idle: new IdleTimer(idleTimeout),
      fair: new FairScheduler(),
      // One for all connections: their lines count from one beginning.
      trace: trace ? new Trace(trace) : null,
      draining: false,
      completed: 0,
      refusesProxyHeader: proxyProtocol === false,
      received: (connection) => this.#logHeld(connection),
      closed: (connection) => this.#closed(connection),
    };
    const bound = describeBound(hostname, this.addr);
    if (bound !== null) warn(bound);
    if (signal) this.#shutDownAt(signal);
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
      for (;;) {
        if (this.#open.size >= this.#maxConnections) await this.#waitForRoom();
        const conn = await this.#acceptor.accept();
        if (conn === null) return null;
        const { fair } = this.#shared;
        if (fair.expectsConnection && await fair.claim(conn)) continue;
        return this.#add(conn);
      }
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
    this.#holdLines(connection);
    // No async function, as thousands of these are kept while they wait.
    const handled = this.#readsProxyHeader
      ? this.#handleBehindProxy(connection, handler)
      : this.#run(connection, handler);
    handled.then(
      () => this.#finish(connection),
      (error) => {
        // In a shutdown, an error says no more than that the time was up. A health
        // check may end with a reset.
        const isOver = this.#shared.draining && !this.#open.has(connection);
        if (!isOver && !this.#heldLines.has(connection)) {
          this.#report(error, connection.remoteAddr);
        }
        connection.abort();
        this.#finish(connection);
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

  #add(conn: Deno.TcpConn | Deno.TlsConn): Connection {
    const options: ConnectionOptions & { shared: Shared } = {
      shared: this.#shared,
    };
    const connection = new Connection(conn, options);
    this.#open.add(connection);
    const { fair } = this.#shared;
    fair.connections = this.#open.size;
    // The connection to itself speaks no TLS.
    if (this.#mayConnectToSelf && !("handshake" in conn)) fair.start(this.addr);
    return connection;
  }

  async #handleBehindProxy(
    connection: Connection,
    handler: Handler,
  ): Promise<void> {
    if (await connection.readProxyHeader()) {
      // Now it has the client's address.
      this.#holdLines(connection);
      await this.#run(connection, handler);
    }
  }

  /** Holds the lines about a connection back that is probably a health check. */
  #holdLines(connection: Connection): void {
    const { hasReceived, remoteAddr } = connection;
    const isHeld = !hasReceived &&
      this.#healthChecks.isExpectedFrom(remoteAddr.hostname);
    if (isHeld) this.#heldLines.set(connection, []);
    else this.#heldLines.delete(connection);
  }

  /** The handler's promise, also for a handler that is not asynchronous. */
  #run(connection: Connection, handler: Handler): Promise<void> {
    const log = (line: string) => {
      const held = this.#heldLines.get(connection);
      if (held === undefined) this.#log(line);
      else held.push(line);
    };
    try {
      return handler(connection, log) ?? DONE;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** It has sent something: it is no health check. */
  #logHeld(connection: Connection): void {
    const held = this.#heldLines.get(connection) ?? [];
    this.#heldLines.delete(connection);
    for (const line of held) this.#log(line);
  }

  /** A proxy sends its header with each connection: once is enough. */
  #report(error: unknown, remoteAddr: Deno.NetAddr): void {
    if (error instanceof UnexpectedProxyHeaderError) {
      if (this.#reportedProxyHeader) return;
      this.#reportedProxyHeader = true;
    }
    this.#onError(error, remoteAddr);
  }

  #finish(connection: Connection): void {
    connection.close().then(() => {
      this.#running.delete(connection);
      this.#heldLines.delete(connection);
      this.#notify();
    });
  }

  #closed(connection: Connection): void {
    this.#open.delete(connection);
    const { hasReceived, remoteAddr } = connection;
    if (!hasReceived) this.#healthChecks.add(remoteAddr.hostname);
    this.#shared.fair.connections = this.#open.size;
    this.#notify();
  }

  #shutDownAt(signal: AbortSignal): void {
    const shutDown = () => void this.shutdown();
    if (signal.aborted) return shutDown();
    signal.addEventListener("abort", shutDown, { once: true });
    this.#removeAbortListener = () =>
      signal.removeEventListener("abort", shutDown);
  }

  async #waitForRoom(): Promise<void> {
    while (
      this.#open.size >= this.#maxConnections && !this.#acceptor.isClosed
    ) await this.#nextChange();
  }

  #nextChange(): Promise<void> {
    this.#changed ??= Promise.withResolvers<void>();
    return this.#changed.promise;
  }

  #notify(): void {
    this.#changed?.resolve();
    this.#changed = null;
  }

  async #drain(): Promise<void> {
    this.#removeAbortListener();
    this.#shared.draining = true;
    for (const connection of this.#open) connection.endSleeps();
    const over = new AbortController();
    const timer = setTimeout(() => {
      over.abort();
      this.#notify();
    }, this.#drainTimeout);
    // A flood of new connections must not use up the time of the last answers.
    const acceptTimer = setTimeout(
      () => this.#stopAccepting(),
      this.#drainTimeout / 2,
    );
    const inputsEnded = this.#endInputs(over.signal);
    while (
      !over.signal.aborted &&
      (!this.#acceptor.isClosed || this.#running.size > 0)
    ) await this.#nextChange();
    over.abort();
    clearTimeout(timer);
    clearTimeout(acceptTimer);
    await inputsEnded;
    this.#stopAccepting();
    this.#shared.fair[Symbol.dispose]();
    this.#abortAll();
    // A handler that waits for something else does not hold up the shutdown.
    const done = new AbortController();
    await Promise.race([this.#ended(), pause(HANDLER_GRACE, done.signal)]);
    done.abort();
  }

  async #ended(): Promise<void> {
    while (this.#running.size > 0) await this.#nextChange();
  }

  #abortAll(): void {
    const late = this.#running.size;
    for (const connection of this.#open) connection.abort();
    if (late === 0) return;
    this.#warn(
      late === 1
        ? "Closed 1 connection that had not read its last answer in time"
        : `Closed ${late} connections that had not read their last answer in time`,
    );
  }

  /**
   * Ends the listen backlog and the input of each connection, once everything
   * that had arrived was accepted and read.
   *
   * A read or an accept that has waited through a quiet time has nothing to return.
   * A time is quiet if few reads and writes completed in it. If they were about as
   * many as Deno completes in one turn of its loop, ready sockets may be left over,
   * because on a busy machine that turn was the only one. The time consists of two
   * timers, because after a stop of the whole process (SIGSTOP) the first one fires
   * before any socket is looked at.
   */
  async #endInputs(over: AbortSignal): Promise<void> {
    while (!over.aborted && (!this.#acceptor.isClosed || this.#open.size > 0)) {
      const { completed } = this.#shared;
      const accepted = this.#accepted;
      const pending = [...this.#open].flatMap((connection) => {
        const read = connection.pendingRead;
        return read === null ? [] : [{ connection, read }];
      });
      await pause(QUIET / 2, over);
      await pause(QUIET / 2, over);
      if (over.aborted) return;
      if (this.#shared.completed - completed > FEW) continue;
      for (const { connection, read } of pending) {
        if (connection.pendingRead === read) connection.endInput();
      }
      const isWaiting = this.#acceptor.isWaiting &&
        this.#accepted === accepted;
      if (this.#accepting === 0 || isWaiting) this.#stopAccepting();
    }
  }

  #stopAccepting(): void {
    this.#acceptor.close();
    this.#notify();
  }
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
