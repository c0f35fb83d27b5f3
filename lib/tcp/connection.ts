import { writeAll } from "../io/streams.ts";
import type { Address } from "../net/address.ts";
import { checkTime } from "../net/clock.ts";
import type { StreamConn } from "../net/sockets.ts";
import { Trace, traceConn } from "../net/trace.ts";
import type { FairScheduler } from "./_fair_scheduler.ts";
import { IdleTimer, type Wait } from "./_idle_timer.ts";

/** Thrown when the peer has neither sent nor read anything for the timeout. */
export class IdleTimeoutError extends Error {
  /** The name that a printed error begins with. */
  override name = "IdleTimeoutError";
  /** The timeout in milliseconds. */
  readonly timeout: number;

  /** Makes the error for a timeout in milliseconds. */
  constructor(timeout: number, options?: ErrorOptions) {
    super(`No data from the peer within ${timeout / 1_000} s`, options);
    this.timeout = timeout;
  }
}

/** Options of a {@linkcode Connection}. */
export interface ConnectionOptions {
  /**
   * The longest wait of a read or a write, in milliseconds; 0 or `Infinity`: no limit.
   * Where both are pending, the connection is idle when neither has moved a byte for
   * that long.
   *
   * @default {0}
   */
  idleTimeout?: number | undefined;
  /** When it is aborted, the connection is, and reads and writes throw its reason. */
  signal?: AbortSignal | undefined;
  /** Takes the lines of a trace of what each read and write moves. */
  trace?: ((line: string) => void) | undefined;
}

/** What the connections of one server share. */
export interface Shared {
  readonly idle: IdleTimer | null;
  readonly fair: FairScheduler;
  readonly trace: Trace | null;
  /** Whether the server is shutting down: sleeps are over, input ends soon. */
  draining: boolean;
  /** Called once a connection is closed, in whatever way. */
  closed(connection: Connection): void;
}

/** What the other files of this folder may do with a connection, and its users may not. */
export let friend: {
  /** Makes a connection of a server. */
  open(conn: StreamConn, shared: Shared): Connection;
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

/** How long `close()` waits for the peer to close its side, in milliseconds. */
const LINGER = 1_000;

/** Where late input goes. Nothing reads it, so all connections share it. */
const DISCARD = new Uint8Array(1_024);

const ENDED: Promise<null> = Promise.resolve(null);
const DONE: Promise<void> = Promise.resolve();

/**
 * A TCP or TLS connection that its peer can neither hold open nor cut short.
 *
 * It reads and writes like the `Deno.Conn` that it wraps, and adds what that
 * leaves to its user: a write is complete, each wait has a limit, and `close()`,
 * also the end of `await using`, lets the peer receive everything.
 *
 * Await a write before the next one begins, and a read before the next one: there is
 * no queue. A server may have thousands of idle connections, so a connection has no
 * timer of its own.
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
  readonly #conn: StreamConn;
  #wait: Wait | null = null;
  #server: Shared | null = null;
  /** Stops listening to the signal, where there is one. */
  #removeAbortListener: (() => void) | null = null;
  #remoteAddr: Deno.NetAddr;
  /** Bytes behind a PROXY protocol header, which the next read returns. */
  #unread: Uint8Array | null = null;
  #reads = 0;
  /** Ends the read or the handshake that waits for input. */
  #endPending: (() => void) | null = null;
  /** How many writes are pending, and what waits for their end. */
  #writes = 0;
  #written: PromiseWithResolvers<void> | null = null;
  #peerEnded = false;
  /** Reads return `null` from now on. */
  #inputEnded = false;
  #isClosed = false;
  /** Why it was closed, if it was not by its user. */
  #reason: unknown = undefined;
  #closing: Promise<void> | null = null;
  #sleeps: Set<() => void> | null = null;

  static {
    friend = {
      open(conn, shared) {
        const { trace, idle } = shared;
        const connection = new Connection(
          trace ? traceConn(conn, trace) : conn,
        );
        connection.#server = shared;
        connection.#watch(idle);
        return connection;
      },
      reads: (connection) =>
        connection.#endPending ? connection.#reads : ~connection.#reads,
      endInput: (connection) => connection.#endInput(),
      endSleeps: (connection) => connection.#endSleeps(),
      waitsFor: (connection) =>
        connection.#writes > 0
          ? "write"
          : connection.#closing !== null
          ? "peer"
          : "handler",
      setClient(connection, addr, unread) {
        if (addr) connection.#remoteAddr = { transport: "tcp", ...addr };
        if (unread.length > 0) connection.#unread = unread;
      },
    };
  }

  /**
   * Takes over an open connection: close it through this object alone.
   *
   * @throws {RangeError} If the timeout is negative or NaN.
   * @throws {TypeError} If it is no number.
   * @param conn A connection of `Deno.connect`, `Deno.connectTls` or a listener.
   * @param options Its limits.
   */
  constructor(conn: StreamConn, options: ConnectionOptions = {}) {
    const { idleTimeout = 0, trace, signal } = options;
    const idle = idleTimerOf(idleTimeout);
    this.#conn = trace ? traceConn(conn, new Trace(guarded(trace))) : conn;
    this.localAddr = conn.localAddr;
    this.#remoteAddr = conn.remoteAddr;
    this.#watch(idle);
    if (signal) this.#abortWith(signal);
  }

  /** The peer's address; with {@linkcode behindProxy}, the one that the proxy names. */
  get remoteAddr(): Deno.NetAddr {
    return this.#remoteAddr;
  }

  /**
   * Reads what has come, and waits if that is nothing.
   *
   * @throws {IdleTimeoutError} If nothing comes in time; the connection is closed.
   * @throws {Deno.errors.ConnectionReset} If the peer has reset the connection.
   * @throws {Deno.errors.InvalidData} If TLS fails, for one because the peer speaks none.
   * @throws {unknown} The reason of the signal, once it is aborted.
   * @param buffer Where to put the bytes. After `null` leave it alone: input that comes
   * too late may still go there.
   * @returns How many bytes came, at least 1; `null` at the end of input, when
   * this side has closed the connection, and in a shutdown of the server when
   * everything that had arrived was read.
   */
  read(buffer: Uint8Array): Promise<number | null> {
    const turn = this.#inputEnded ? null : this.#server?.fair.admit() ?? null;
    if (turn === null) return this.#readNow(buffer);
    return turn.then(() => this.#readNow(buffer));
  }

  /**
   * Completes the TLS handshake. Otherwise the first read or write does.
   *
   * @throws {Deno.errors.InvalidData} If the peer speaks no TLS, the two sides have
   * no protocol in common, or one does not trust the other's certificate.
   * @throws {Deno.errors.UnexpectedEof} If the peer closes the connection.
   * @throws {Deno.errors.BadResource} If the server shuts down before the peer has said
   * anything; the connection is closed.
   * @throws {IdleTimeoutError} If the peer says nothing in time; the connection is
   * closed.
   * @throws {unknown} The reason of the signal, once it is aborted.
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
   * @throws {IdleTimeoutError} If the peer reads nothing in time; the connection
   * is closed.
   * @throws {Deno.errors.BrokenPipe} If the peer has closed the connection.
   * @throws {Deno.errors.ConnectionReset} If the peer has reset the connection.
   * @throws {Deno.errors.BadResource} If this side has closed the connection.
   * @throws {unknown} The reason of the signal, once it is aborted.
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
      this.#wait?.end();
      if (--this.#writes === 0) this.#endWrites();
    }
  }

  /**
   * Ends the output (a *half-close*), behind the writes that have begun: the peer reads
   * the end of input after them, and may still send.
   *
   * @throws {Deno.errors.NotConnected} If the peer has reset the connection.
   * @throws {Deno.errors.BadResource} If this side has closed the connection.
   * @throws {unknown} The reason of the signal, once it is aborted.
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
   * Waits for a time that does not count as the peer's idleness.
   *
   * @throws {RangeError} If the time is negative or NaN.
   * @param milliseconds How long; `Infinity`: until it is ended. The sleep ends early
   * when the server shuts down, so that the answer after it is still given, and when
   * the connection is closed.
   */
  sleep(milliseconds: number): Promise<void> {
    const ms = checkTime("sleep", milliseconds);
    if (ms === 0 || this.#isClosed || this.#server?.draining) return DONE;
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
   * are completed first, awaited or not.
   *
   * A plain close while input is unread makes the kernel send a reset, and a reset
   * throws away what the peer has not read yet: the last answer. So this side ends
   * its output first, discards what still comes, and closes when the peer has
   * closed its side, after a second at most (RFC 9112, 9.6 asks HTTP servers for
   * the same).
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Closes at once; what the peer has not received yet may be lost. */
  abort(): void {
    if (this.#isClosed) return;
    this.#isClosed = this.#inputEnded = true;
    this.#wait?.stop();
    this.#removeAbortListener?.();
    this.#conn[Symbol.dispose]();
    this.#endSleeps();
    this.#server?.closed(this);
  }

  /** The same as {@linkcode close}: the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #watch(idle: IdleTimer | null): void {
    this.#wait = idle?.watch((timeout) => {
      this.#reason = new IdleTimeoutError(timeout);
      this.abort();
    }) ?? null;
  }

  #endSleeps(): void {
    for (const end of this.#sleeps ?? []) end();
  }

  #endInput(): void {
    this.#inputEnded = true;
    this.#endPending?.();
    this.#endRead();
  }

  #readNow(buffer: Uint8Array): Promise<number | null> {
    if (this.#reason !== undefined) return Promise.reject(this.#reason);
    if (this.#unread !== null) return this.#readUnread(buffer, this.#unread);
    if (this.#inputEnded) return ENDED;
    // A read that began in a shutdown and does not fill its buffer has emptied the
    // kernel's: everything that had arrived before is in it. TLS has buffers of its own.
    const isLast = this.#server?.draining && this.#conn.handshake === undefined
      ? (n: number) => n < buffer.length
      : null;
    // No async function, and no promise but this one, as thousands of these are kept.
    return new Promise((resolve, reject) => {
      this.#beginRead(() => resolve(null));
      this.#conn.read(buffer).then((n) => {
        this.#endRead();
        if (n === null) this.#peerEnded = true;
        // It was aborted while the system completed the read.
        if (this.#reason !== undefined) return reject(this.#reason);
        // Too late to be answered: the input was ended before.
        if (this.#inputEnded) return resolve(null);
        this.#inputEnded = n === null || (isLast?.(n) ?? false);
        resolve(n);
      }, (error) => {
        this.#endRead();
        // Closing is how a pending read is ended.
        if (this.#isClosed && this.#reason === undefined) resolve(null);
        else reject(this.#reason ?? worded(error));
      });
    });
  }

  #readUnread(buffer: Uint8Array, unread: Uint8Array): Promise<number> {
    const n = Math.min(buffer.length, unread.length);
    buffer.set(unread.subarray(0, n));
    this.#unread = n < unread.length ? unread.subarray(n) : null;
    return Promise.resolve(n);
  }

  #beginRead(end: () => void): void {
    this.#wait?.begin();
    this.#endPending = end;
  }

  #endRead(): void {
    if (this.#endPending === null) return;
    this.#endPending = null;
    this.#reads++;
    this.#wait?.end();
  }

  /** A peer that reads slowly is not idle: each partial write restarts the clock. */
  async #writeRest(rest: Uint8Array): Promise<void> {
    const write = (part: Uint8Array) => {
      this.#wait?.restart();
      return this.#conn.write(part);
    };
    await writeAll({ write }, rest);
  }

  #endWrites(): void {
    this.#written?.resolve();
    this.#written = null;
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
      // The peer has reset the connection, or the time was up: there is nothing
      // left to deliver.
    } finally {
      clearTimeout(limit);
      this.abort();
    }
  }

  #abortWith(signal: AbortSignal): void {
    const onAbort = () => {
      this.#reason = signal.reason;
      this.abort();
    };
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    this.#removeAbortListener = () =>
      signal.removeEventListener("abort", onAbort);
  }
}

/** The timer of an `idleTimeout`; `null`: no limit. */
export function idleTimerOf(idleTimeout: number): IdleTimer | null {
  const timeout = checkTime("idleTimeout", idleTimeout);
  return timeout === 0 || timeout === Infinity ? null : new IdleTimer(timeout);
}

/** A callback of the user whose own errors end nothing here: they are printed. */
export function guarded<T extends unknown[]>(
  callback: (...args: T) => void,
): (...args: T) => void {
  return (...args) => {
    try {
      callback(...args);
    } catch (error) {
      console.error(error);
    }
  };
}

/** In words that say what happened, for a peer that speaks no TLS. */
function worded(error: unknown): unknown {
  const isPlain = error instanceof Deno.errors.InvalidData &&
    error.message.includes("InvalidContentType");
  if (!isPlain) return error;
  const message = "The peer seems not to speak TLS on this port";
  return new Deno.errors.InvalidData(message, { cause: error });
}
