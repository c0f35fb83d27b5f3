import { writeAll } from "../io/mod.ts";
import { type Address, type StreamConn, Trace, traceConn } from "../net/mod.ts";
import type { FairScheduler } from "./_fair_scheduler.ts";
import { IdleTimer, NOT_WAITING, type Timed } from "./_idle_timer.ts";

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
   * The longest wait of a read or a write, in milliseconds; 0: no limit. Where both
   * are pending, the connection is idle when neither has moved a byte for that long.
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
  /** How many reads and writes have completed. */
  completed: number;
  /** Called once a connection is closed, in whatever way. */
  closed(connection: Connection): void;
}

/** What the other files of this folder may do with a connection, and its users may not. */
export let friend: {
  connect(conn: StreamConn, shared: Shared): Connection;
  /** Which read waits for input; `null`: none does. */
  pendingRead(connection: Connection): number | null;
  endSleeps(connection: Connection): void;
  /**
   * Nothing has arrived for the read that waits, so the conversation is over: the
   * peer is told, and has a second to close its side.
   */
  endInput(connection: Connection): void;
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
 * leaves to its user: a write is complete, each wait has a limit, and `close()`
 * lets the peer receive everything.
 *
 * An idle connection is to be small: it has no timer of its own, and its `read` is
 * no async function.
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
 * const connection = new Connection(conn, { idleTimeout: 5_000 });
 * await connection.write(new TextEncoder().encode("Sarah"));
 * assertEquals(await connection.read(new Uint8Array(1024)), 5);
 * await connection.close();
 * ```
 */
export class Connection implements Disposable {
  /** This side's address. */
  readonly localAddr: Deno.NetAddr;
  readonly #conn: StreamConn;
  readonly #idle: IdleTimer | null;
  readonly #wait: Wait | null = null;
  #shared: Shared | null = null;
  /** Stops listening to the signal, where there is one. */
  #removeAbortListener: (() => void) | null = null;
  /** A short read shows that the kernel has no more, except through TLS. */
  readonly #shortReadMeansEmpty: boolean;
  #remoteAddr: Deno.NetAddr;
  /** Bytes behind a PROXY protocol header, which the next read returns. */
  #unread: Uint8Array | null = null;
  #reads = 0;
  #isReading = false;
  /** The size of the buffer of a read that began in a shutdown; 0: before one. */
  #drainReadSize = 0;
  #peerEnded = false;
  /** Reads return `null` from now on. */
  #inputEnded = false;
  #isClosed = false;
  /** Why it was closed, if it was not by its user. */
  #reason: unknown = undefined;
  #closing: Promise<void> | null = null;
  #linger: ReturnType<typeof setTimeout> | undefined;
  #sleeps: Set<() => void> | null = null;

  static {
    friend = {
      connect(conn, shared) {
        const { idle, trace } = shared;
        const connection = new Connection(conn, { idle, trace } as object);
        connection.#shared = shared;
        return connection;
      },
      pendingRead: (connection) =>
        connection.#isReading && !connection.#inputEnded
          ? connection.#reads
          : null,
      endSleeps: (connection) => connection.#endSleeps(),
      endInput(connection) {
        connection.#inputEnded = true;
        connection.#linger = setTimeout(() => connection.abort(), LINGER);
        // A peer that is gone cannot be told; the pending read reports that.
        connection.#conn.closeWrite().catch(() => {});
      },
      setClient(connection, addr, unread) {
        if (addr) connection.#remoteAddr = { transport: "tcp", ...addr };
        if (unread.length > 0) connection.#unread = unread;
      },
    };
  }

  /**
   * Takes over an open connection: close it through this object alone.
   *
   * @param conn A connection of `Deno.connect`, `Deno.connectTls` or a listener.
   * @param options Its limits.
   */
  constructor(conn: StreamConn, options: ConnectionOptions = {}) {
    // A server gives all of its connections one timer and one trace.
    const { idle, trace, signal } = {
      idle: idleTimerOf(options.idleTimeout),
      ...options,
    };
    const tracer = typeof trace === "function" ? new Trace(trace) : trace;
    this.#conn = tracer ? traceConn(conn, tracer) : conn;
    this.localAddr = conn.localAddr;
    this.#remoteAddr = conn.remoteAddr;
    this.#shortReadMeansEmpty = !("handshake" in conn);
    this.#idle = idle;
    if (idle !== null) {
      this.#wait = new Wait(idle, () => {
        this.#reason = new IdleTimeoutError(idle.timeout);
        this.abort();
      });
      idle.add(this.#wait);
    }
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
   * @throws {unknown} The reason of the signal, once it is aborted.
   * @param buffer Where to put the bytes.
   * @returns How many bytes came, at least 1; `null` at the end of input, when
   * this side has closed the connection, and in a shutdown of the server when
   * everything that had arrived was read.
   */
  read(buffer: Uint8Array): Promise<number | null> {
    const turn = this.#shared?.fair.turn ?? null;
    if (turn === null || this.#inputEnded) return this.#readNow(buffer);
    return turn.then(() => this.#readNow(buffer));
  }

  /**
   * Completes the TLS handshake. Otherwise the first read or write does.
   *
   * @throws {Deno.errors.InvalidData} If the peer speaks no TLS, the two sides have
   * no protocol in common, or one does not trust the other's certificate.
   * @throws {Deno.errors.UnexpectedEof} If the peer closes the connection.
   * @throws {IdleTimeoutError} If the peer says nothing in time; the connection is
   * closed.
   * @throws {unknown} The reason of the signal, once it is aborted.
   * @returns The protocol that both sides have chosen (ALPN); `null` without TLS.
   */
  async handshake(): Promise<Deno.TlsHandshakeInfo | null> {
    if (this.#conn.handshake === undefined) return null;
    // As a read, it ends in a shutdown of the server if nothing comes.
    this.#beginRead();
    try {
      return await this.#conn.handshake();
    } catch (error) {
      throw this.#reason ?? error;
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
    try {
      // Nearly always this is all, and nothing more is allocated for it.
      const n = await this.#conn.write(bytes);
      if (n < bytes.length) await this.#writeRest(bytes.subarray(n));
      if (this.#shared !== null) this.#shared.completed++;
    } catch (error) {
      throw this.#reason ?? error;
    } finally {
      this.#wait?.end();
    }
  }

  /**
   * Ends the output (a *half-close*): the peer reads the end of input behind what was
   * written, and may still send. Call it when no write is pending.
   *
   * @throws {Deno.errors.NotConnected} If the peer has reset the connection.
   * @throws {Deno.errors.BadResource} If this side has closed the connection.
   * @throws {unknown} The reason of the signal, once it is aborted.
   */
  async closeWrite(): Promise<void> {
    try {
      await this.#conn.closeWrite();
    } catch (error) {
      throw this.#reason ?? error;
    }
  }

  /**
   * Waits for a time that does not count as the peer's idleness.
   *
   * @param milliseconds How long. The sleep ends early when the server shuts
   * down, so that the answer after it is still given, and when the connection is
   * closed.
   */
  sleep(milliseconds: number): Promise<void> {
    if (milliseconds === 0 || this.#isClosed || this.#shared?.draining) {
      return DONE;
    }
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#sleeps?.delete(end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      this.#sleeps ??= new Set();
      this.#sleeps.add(end);
    });
  }

  /**
   * Closes the connection so that the peer receives everything that was written.
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
    this.#stopTimer();
    this.#removeAbortListener?.();
    clearTimeout(this.#linger);
    this.#conn[Symbol.dispose]();
    this.#endSleeps();
    this.#shared?.closed(this);
  }

  /** The same as {@linkcode abort}: the end of a `using` block. */
  [Symbol.dispose](): void {
    this.abort();
  }

  #endSleeps(): void {
    for (const end of this.#sleeps ?? []) end();
  }

  #stopTimer(): void {
    if (this.#wait !== null) this.#idle?.delete(this.#wait);
  }

  #readNow(buffer: Uint8Array): Promise<number | null> {
    if (this.#reason !== undefined) return Promise.reject(this.#reason);
    if (this.#unread !== null) return this.#readUnread(buffer, this.#unread);
    if (this.#inputEnded) return ENDED;
    this.#beginRead();
    this.#drainReadSize = this.#shared?.draining ? buffer.length : 0;
    return this.#conn.read(buffer).then(this.#onRead, this.#onReadError);
  }

  #readUnread(buffer: Uint8Array, unread: Uint8Array): Promise<number> {
    const n = Math.min(buffer.length, unread.length);
    buffer.set(unread.subarray(0, n));
    this.#unread = n < unread.length ? unread.subarray(n) : null;
    return Promise.resolve(n);
  }

  readonly #onRead = (n: number | null): number | null => {
    this.#endRead();
    if (this.#shared !== null) {
      this.#shared.completed++;
      this.#shared.fair.completed();
    }
    // It was aborted while the system completed the read.
    if (this.#reason !== undefined) throw this.#reason;
    // What comes after endInput() can no longer be answered.
    if (n === null) this.#peerEnded = this.#inputEnded = true;
    if (n === null || this.#inputEnded) return null;
    // A read that began in the shutdown and did not fill its buffer has emptied
    // the kernel's: everything that had arrived before is in it.
    if (n < this.#drainReadSize && this.#shortReadMeansEmpty) {
      this.#inputEnded = true;
    }
    return n;
  };

  readonly #onReadError = (error: unknown): null => {
    this.#endRead();
    if (this.#reason !== undefined) throw this.#reason;
    // Closing is how a pending read is ended.
    if (this.#isClosed) return null;
    throw error;
  };

  #beginRead(): void {
    this.#wait?.begin();
    this.#isReading = true;
  }

  #endRead(): void {
    this.#isReading = false;
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

  async #close(): Promise<void> {
    this.#stopTimer();
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

/** The timer of a timeout in ms; `null`: no limit. */
export function idleTimerOf(timeout: number = 0): IdleTimer | null {
  return timeout > 0 && timeout < Infinity ? new IdleTimer(timeout) : null;
}

/** How long the reads and writes that are pending have waited, for the timer. */
class Wait implements Timed {
  waitingSince = NOT_WAITING;
  #pending = 0;

  constructor(readonly idle: IdleTimer, readonly timeOut: () => void) {}

  begin(): void {
    this.#pending++;
    this.restart();
  }

  restart(): void {
    this.waitingSince = this.idle.step;
  }

  /** The other direction may still wait, from now on. */
  end(): void {
    this.#pending--;
    this.waitingSince = this.#pending === 0 ? NOT_WAITING : this.idle.step;
  }
}
