import { writeAll } from "../io/streams.ts";
import type { Address } from "../net/address.ts";
import { checkTime } from "../net/clock.ts";
import type { StreamConn } from "../net/sockets.ts";
import { Trace, traceConn } from "../net/trace.ts";
import type { FairScheduler } from "./_fair_scheduler.ts";
import { IdleTimer, type Wait } from "./_idle_timer.ts";

/** Options of a {@linkcode Connection}. */
export interface ConnectionOptions {
  /**
   * The longest wait of a read or a write, or of both together where both are pending,
   * in milliseconds; 0 or `Infinity`: no limit.
   *
   * @default {0}
   */
  idleTimeout?: number | undefined;
  /** When it is aborted, the connection is, and its reads and writes throw the reason. */
  signal?: AbortSignal | undefined;
  /** Takes the lines of a trace of what each read and write moves. */
  trace?: ((line: string) => void) | undefined;
}

/** What the connections of one server share. */
export interface Shared {
  readonly idle: IdleTimer<Connection> | null;
  readonly fair: FairScheduler;
  readonly trace: Trace | null;
  /** Whether the server is shutting down: sleeps are over, input ends soon. */
  draining: boolean;
  /** Called once a connection is closed, in whatever way. */
  closed(connection: Connection): void;
}

/** What the other files of this folder do with a connection, and its users do not. */
export let friend: {
  /** Makes a connection of a server. */
  open(conn: StreamConn, shared: Shared): Connection;
  /** The timer of an `idleTimeout`; `null`: no limit. */
  idleTimer(idleTimeout: number): IdleTimer<Connection> | null;
  /** How many reads have ended, as `n` if a further one waits for input, or as `~n`. */
  reads(connection: Connection): number;
  /** Ends the input: reads return `null`, the one that waits too. */
  endInput(connection: Connection): void;
  endSleeps(connection: Connection): void;
  /** What keeps the connection open: a write, the peer after `close()`, its handler. */
  waitsFor(connection: Connection): "write" | "peer" | "handler";
  /** The client's address, if a proxy has named one, and its bytes behind the header. */
  setClient(
    connection: Connection,
    addr: Address | null,
    unread: Uint8Array,
  ): void;
};

/** How long `close()` waits for the peer to close its side, in ms. */
const LINGER = 1_000;

/** Where late input goes. Nothing reads it, so all connections share it. */
const DISCARD = new Uint8Array(1_024);

/**
 * A TCP or TLS connection with complete writes, a limit for each wait, and a graceful
 * `close()`, which is also the end of `await using`.
 *
 * It reads and writes like the `Deno.Conn` that it wraps. Await a write before the next
 * one begins, and a read or the handshake before the next read: there is no queue. A
 * promise that is not awaited needs a `catch`: an unhandled rejection ends the program.
 *
 * @example An echo client
 * ```ts
 * import { Connection, serveTcp } from "./mod.ts";
 * import { assertEquals } from "@std/assert";
 *
 * await using server = serveTcp({ port: 0 }, async (connection) => {
 *   const buffer = new Uint8Array(1024);
 *   const n = await connection.read(buffer);
 *   await connection.write(buffer.subarray(0, n ?? 0));
 * });
 *
 * const { hostname, port } = server.addr;
 * const conn = await Deno.connect({ hostname, port });
 * await using connection = new Connection(conn, { idleTimeout: 5_000 });
 * await connection.write(new TextEncoder().encode("Sarah"));
 * assertEquals(await connection.read(new Uint8Array(1024)), 5);
 * ```
 */
export class Connection implements AsyncDisposable {
  /** This side's address. */
  readonly localAddr: Deno.NetAddr;
  #remoteAddr: Deno.NetAddr;
  readonly #conn: StreamConn;
  #server: Shared | null = null;
  #wait: Wait<Connection> | null = null;
  /** Stops listening to the signal. */
  #onClose: (() => void) | null = null;
  /** Bytes behind a PROXY protocol header, which the next read returns. */
  #unread: Uint8Array | null = null;
  /** Ends the read or the handshake that waits for input. */
  #endPending: ((end: null) => void) | null = null;
  #isLastRead = false;
  #reads = 0;
  /** How many writes are pending, and what waits for their end. */
  #writes = 0;
  #written: PromiseWithResolvers<void> | null = null;
  #sleeps: Set<() => void> | null = null;
  #peerEnded = false;
  /** Reads return `null` from now on. */
  #inputEnded = false;
  #isClosed = false;
  /** Why it was closed, if it was not by its user. */
  #reason: unknown = undefined;
  #closing: Promise<void> | null = null;

  static {
    friend = {
      open(conn, shared) {
        const { trace, idle } = shared;
        const traced = trace ? traceConn(conn, trace) : conn;
        const connection = new Connection(traced);
        connection.#server = shared;
        connection.#wait = idle?.watch(connection) ?? null;
        return connection;
      },
      idleTimer(idleTimeout) {
        const timeout = checkTime("idleTimeout", idleTimeout);
        if (timeout === 0 || timeout === Infinity) return null;
        return new IdleTimer(timeout, (c, error) => c.#abort(error));
      },
      reads: (c) => c.#endPending ? c.#reads : ~c.#reads,
      endInput: (c) => c.#endInput(),
      endSleeps: (c) => c.#endSleeps(),
      waitsFor: (c) =>
        c.#writes > 0 ? "write" : c.#closing ? "peer" : "handler",
      setClient(c, addr, unread) {
        if (addr) c.#remoteAddr = { transport: "tcp", ...addr };
        if (unread.length > 0) c.#unread = unread;
      },
    };
  }

  /**
   * Takes over an open connection: close it through this object alone.
   *
   * @throws {RangeError} If the timeout is negative or NaN.
   * @param conn A connection of `Deno.connect`, `Deno.connectTls` or a listener.
   * @param options Its limits.
   */
  constructor(conn: StreamConn, options: ConnectionOptions = {}) {
    const { idleTimeout = 0, trace, signal } = options;
    this.#wait = friend.idleTimer(idleTimeout)?.watch(this) ?? null;
    this.#conn = trace ? traceConn(conn, new Trace(trace)) : conn;
    this.localAddr = conn.localAddr;
    this.#remoteAddr = conn.remoteAddr;
    if (signal === undefined) return;
    const onAbort = () => this.#abort(signal.reason);
    signal.addEventListener("abort", onAbort);
    this.#onClose = () => signal.removeEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  }

  /** The peer's address; with {@linkcode behindProxy}, the one that the proxy names. */
  get remoteAddr(): Deno.NetAddr {
    return this.#remoteAddr;
  }

  /**
   * Reads the bytes that have arrived, and waits if there are none.
   *
   * @throws {IdleTimeoutError} If nothing comes in time; the connection is closed.
   * @throws {Deno.errors.ConnectionReset} If the peer has reset the connection.
   * @throws {Deno.errors.InvalidData} If TLS fails; `UnexpectedEof` if it is cut off.
   * @param buffer Where to put the bytes. After `null`, late input may still go there.
   * @returns How many bytes came, at least 1; `null` at the end of input, when this side
   * has closed the connection, and in a shutdown when all that had arrived was read.
   */
  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#unread !== null) return this.#readUnread(buffer, this.#unread);
    if (this.#inputEnded) return this.#nothing();
    // No async function and few closures, as thousands of these are kept.
    return new Promise((resolve) => {
      const begin = () => {
        if (this.#inputEnded) return resolve(this.#nothing());
        this.#beginRead(resolve);
        this.#conn.read(buffer).then(
          (n) => resolve(this.#afterRead(n, buffer.length)),
          (error) => resolve(this.#afterFailure(error)),
        );
      };
      if (this.#server === null) begin();
      else this.#server.fair.admit(begin);
    });
  }

  /**
   * Completes the TLS handshake. Otherwise the first read or write does.
   *
   * @throws {Deno.errors.InvalidData} If the peer speaks no TLS, the two sides have
   * no protocol in common, or one does not trust the other's certificate.
   * @throws {Deno.errors.UnexpectedEof} If the peer closes the connection.
   * @throws {Deno.errors.Interrupted} If the server shuts down meanwhile.
   * @throws {IdleTimeoutError} If nothing comes in time; the connection is closed.
   * @returns The protocol that both sides have chosen (ALPN); `null` without TLS.
   */
  async handshake(): Promise<Deno.TlsHandshakeInfo | null> {
    if (this.#conn.handshake === undefined) return null;
    this.#beginRead(() => this.abort());
    try {
      return await this.#conn.handshake();
    } catch (error) {
      throw this.#reason ?? worded(error);
    } finally {
      this.#endRead();
    }
  }

  /**
   * Writes all of `bytes`.
   *
   * @throws {IdleTimeoutError} If the peer reads nothing in time, as with a read.
   * @throws {Deno.errors.BrokenPipe} If the peer has closed the connection.
   * @throws {Deno.errors.ConnectionReset} If the peer has reset the connection.
   * @throws {Deno.errors.BadResource} If this side has closed the connection.
   * @param bytes What to write; it must not change before the promise settles.
   */
  async write(bytes: Uint8Array): Promise<void> {
    this.#wait?.begin();
    this.#writes++;
    try {
      // Nearly always this is all, and nothing more is allocated for it.
      const n = await this.#conn.write(bytes);
      if (n < bytes.length) await this.#writeRest(bytes.subarray(n));
    } catch (error) {
      throw this.#reason ?? worded(error);
    } finally {
      if (--this.#writes === 0) {
        this.#written?.resolve();
        this.#written = null;
      }
      this.#wait?.end(this.#endPending !== null);
    }
  }

  /**
   * Ends the output (a *half-close*), behind the writes that have begun: the peer reads
   * the end of input after them, and may still send.
   *
   * @throws {Deno.errors.NotConnected} If the peer has reset the connection.
   */
  async closeWrite(): Promise<void> {
    await this.#untilWritten();
    try {
      await this.#conn.closeWrite();
    } catch (error) {
      throw this.#reason ?? error;
    }
  }

  /**
   * Waits for a time that does not count as the peer's idleness. It ends early when the
   * server shuts down, so that the response after it is still sent, and when the
   * connection is closed.
   *
   * @throws {RangeError} If the time is negative or NaN.
   * @param milliseconds How long; `Infinity`: until it is ended.
   */
  sleep(milliseconds: number): Promise<void> {
    const ms = checkTime("sleep", milliseconds);
    if (ms === 0 || this.#isClosed || this.#server?.draining) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#sleeps?.delete(end);
        resolve();
      };
      const timer = ms === Infinity ? undefined : setTimeout(end, ms);
      this.#sleeps ??= new Set();
      this.#sleeps.add(end);
    });
  }

  /**
   * Closes the connection so that the peer receives everything: writes that have begun
   * are completed first, awaited or not, as long as `idleTimeout` lets them wait.
   *
   * A plain close while input is unread makes the kernel send a reset, which throws
   * away what the peer has not read yet: the last response. So this side ends its output
   * first, discards what still comes, and closes when the peer has closed its side,
   * after a second at most (RFC 9112, 9.6 asks the same of HTTP servers).
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes at once; what the peer has not received yet may be lost. */
  abort(): void {
    if (this.#isClosed) return;
    this.#isClosed = this.#inputEnded = true;
    this.#wait?.stop();
    this.#onClose?.();
    this.#conn[Symbol.dispose]();
    this.#endSleeps();
    this.#server?.closed(this);
  }

  /** The same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #abort(reason: unknown): void {
    this.#reason = reason;
    this.abort();
  }

  #endSleeps(): void {
    for (const end of this.#sleeps ?? []) end();
  }

  #endInput(): void {
    this.#inputEnded = true;
    this.#endPending?.(null);
    this.#endRead();
  }

  #afterRead(n: number | null, size: number): number | null | Promise<null> {
    this.#endRead();
    if (n === null) this.#peerEnded = true;
    // It was aborted meanwhile, or the input was ended: too late for a response.
    if (this.#inputEnded) return this.#nothing();
    this.#inputEnded = n === null || this.#isLastRead && n < size;
    return n;
  }

  #afterFailure(error: unknown): Promise<null> {
    this.#endRead();
    // Closing is how a pending read is ended.
    return this.#isClosed ? this.#nothing() : rejected(worded(error));
  }

  /** What a read returns once the input has ended. */
  #nothing(): Promise<null> {
    const reason = this.#reason;
    return reason === undefined ? Promise.resolve(null) : rejected(reason);
  }

  #readUnread(buffer: Uint8Array, unread: Uint8Array): Promise<number> {
    const n = Math.min(buffer.length, unread.length);
    buffer.set(unread.subarray(0, n));
    this.#unread = n < unread.length ? unread.subarray(n) : null;
    return Promise.resolve(n);
  }

  #beginRead(end: (end: null) => void): void {
    this.#wait?.begin();
    this.#endPending = end;
    // In a shutdown, a read that does not fill its buffer has emptied the kernel's:
    // everything that had arrived before is in it. TLS has buffers of its own.
    this.#isLastRead = this.#conn.handshake === undefined &&
      (this.#server?.draining ?? false);
  }

  #endRead(): void {
    if (this.#endPending === null) return;
    this.#endPending = null;
    this.#reads++;
    this.#wait?.end(this.#writes > 0);
  }

  /** A peer that reads slowly is not idle: each partial write restarts the clock. */
  async #writeRest(rest: Uint8Array): Promise<void> {
    const write = (part: Uint8Array) => {
      this.#wait?.begin();
      return this.#conn.write(part);
    };
    await writeAll({ write }, rest);
  }

  async #untilWritten(): Promise<void> {
    if (this.#writes === 0) return;
    await (this.#written ??= Promise.withResolvers()).promise;
  }

  async #close(): Promise<void> {
    this.#endInput();
    await this.#untilWritten();
    this.#wait?.stop();
    // Nothing is left to read, so closing resets nothing.
    if (this.#peerEnded || this.#isClosed) return this.abort();
    const limit = setTimeout(() => this.abort(), LINGER);
    try {
      // The reading need not wait for this, and its failure is the read's, too.
      this.#conn.closeWrite().catch(() => {});
      while (await this.#conn.read(DISCARD) !== null);
    } catch {
      // A reset, or the time was up: there is nothing left to deliver.
    } finally {
      clearTimeout(limit);
      this.abort();
    }
  }
}

/** The end of a read. If that has returned `null` already, nothing handles this error. */
function rejected(error: unknown): Promise<never> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}

/** In words that say what happened, for a peer that speaks no TLS. */
function worded(error: unknown): unknown {
  const isPlain = error instanceof Deno.errors.InvalidData &&
    error.message.includes("InvalidContentType");
  if (!isPlain) return error;
  const message = "The peer seems not to speak TLS on this port";
  return new Deno.errors.InvalidData(message, { cause: error });
}
