import { writeAll } from "../io/mod.ts";
import { type StreamConn, Trace, traceConn } from "../net/mod.ts";
import type { FairScheduler } from "./_fair_scheduler.ts";
import { IdleTimer, NOT_WAITING } from "./_idle_timer.ts";
import {
  isProxyHeader,
  MAX_HEADER,
  parseProxyHeader,
  ProxyProtocolError,
  UnexpectedProxyHeaderError,
} from "./_proxy_protocol.ts";

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
  readonly idle: IdleTimer;
  readonly fair: FairScheduler;
  readonly trace: Trace | null;
  /** Whether the server is shutting down: sleeps are over, input ends soon. */
  draining: boolean;
  /** How many reads and writes have completed. */
  completed: number;
  /** Whether a PROXY protocol header in front of a connection is an error. */
  readonly refusesProxyHeader: boolean;
  /** Called once the peer has sent something. */
  received(connection: Connection): void;
  /** Called once a connection is closed, in whatever way. */
  closed(connection: Connection): void;
}

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
 * A server may have thousands of connections, most of them idle. So a connection
 * has no timer of its own and its `read` is no async function: without that, an
 * idle connection was measured at 1.5 times the memory.
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
  readonly #shared: Shared | null;
  /** Stops listening to the signal, where there is one. */
  #removeAbortListener: (() => void) | null = null;
  /** A short read shows that the kernel has no more, except through TLS. */
  readonly #shortReadMeansEmpty: boolean;
  #remoteAddr: Deno.NetAddr;
  /** Bytes behind a PROXY protocol header, which the next read returns. */
  #unread: Uint8Array | null = null;
  /** @ignore For the server: whether the peer has sent anything but that header. */
  hasReceived = false;
  #waitingSince = NOT_WAITING;
  /** How many reads and writes are pending. */
  #pending = 0;
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

  /**
   * Takes over an open connection: close it through this object alone.
   *
   * @param conn A connection of `Deno.connect`, `Deno.connectTls` or a listener.
   * @param options Its limits.
   */
  constructor(conn: StreamConn, options: ConnectionOptions = {}) {
    const { idleTimeout = 0, trace, signal } = options;
    // Given by TcpServer alone, and not a part of the public options.
    const { shared = null } = options as { shared?: Shared };
    const tracer = shared?.trace ?? (trace ? new Trace(trace) : null);
    this.#conn = tracer === null ? conn : traceConn(conn, tracer);
    this.localAddr = conn.localAddr;
    this.#remoteAddr = conn.remoteAddr;
    this.#shared = shared;
    this.#shortReadMeansEmpty = !("handshake" in conn);
    this.#idle = shared?.idle ??
      (idleTimeout > 0 ? new IdleTimer(idleTimeout) : null);
    this.#idle?.add(this);
    if (signal) this.#abortWith(signal);
  }

  /** The peer's address; behind a proxy that tells it, the client's. */
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
    this.#beginWait();
    try {
      // Nearly always this is all, and nothing more is allocated for it.
      const n = await this.#conn.write(bytes);
      if (n < bytes.length) await this.#writeRest(bytes.subarray(n));
      if (this.#shared !== null) this.#shared.completed++;
    } catch (error) {
      throw this.#reason ?? error;
    } finally {
      this.#endWait();
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
    this.#idle?.delete(this);
    this.#removeAbortListener?.();
    clearTimeout(this.#linger);
    this.#conn[Symbol.dispose]();
    this.endSleeps();
    this.#shared?.closed(this);
  }

  /** The same as {@linkcode abort}: the end of a `using` block. */
  [Symbol.dispose](): void {
    this.abort();
  }

  /**
   * @ignore For the server: reads the header that a proxy sends first, and takes
   * the address of the client from it. Returns `false` if the peer has sent nothing,
   * or is the proxy itself: a health check.
   */
  async readProxyHeader(): Promise<boolean> {
    const buffer = new Uint8Array(MAX_HEADER);
    for (let filled = 0;;) {
      const n = await this.#readNow(buffer.subarray(filled));
      if (n === null && filled === 0) return false;
      if (n === null) {
        throw new ProxyProtocolError(
          "The connection ended within the PROXY protocol header",
        );
      }
      filled += n;
      const bytes = buffer.subarray(0, filled);
      const header = parseProxyHeader(bytes);
      if (header === null) continue;
      const { length, source } = header;
      if (source === null) return false;
      this.#remoteAddr = { transport: "tcp", ...source };
      this.hasReceived = length < filled;
      if (length < filled) this.#unread = bytes.slice(length);
      return true;
    }
  }

  /** @ignore For the idle timer. */
  get waitingSince(): number {
    return this.#waitingSince;
  }

  /** @ignore For the idle timer. */
  timeOut(): void {
    this.#reason = new IdleTimeoutError(this.#idle?.timeout ?? 0);
    this.abort();
  }

  /** @ignore For the server: which read waits for input; `null`: none does. */
  get pendingRead(): number | null {
    return this.#isReading && !this.#inputEnded ? this.#reads : null;
  }

  /** @ignore For the server, in a shutdown. */
  endSleeps(): void {
    for (const end of this.#sleeps ?? []) end();
  }

  /**
   * @ignore For the server, in a shutdown: nothing has arrived for the read that
   * waits, so the conversation is over. The peer is told, and has a second to close
   * its side.
   */
  endInput(): void {
    this.#inputEnded = true;
    this.#linger = setTimeout(() => this.abort(), LINGER);
    // A peer that is gone cannot be told; the pending read reports that.
    this.#conn.closeWrite().catch(() => {});
  }

  #readNow(buffer: Uint8Array): Promise<number | null> {
    if (this.#reason !== undefined) return Promise.reject(this.#reason);
    if (this.#unread !== null) return this.#readUnread(buffer, this.#unread);
    if (this.#inputEnded) return ENDED;
    this.#beginRead();
    this.#drainReadSize = this.#shared?.draining ? buffer.length : 0;
    const read = this.#conn.read(buffer).then(this.#onRead, this.#onReadError);
    return this.#reads === 0 && this.#shared?.refusesProxyHeader
      ? read.then((n) => refuseProxyHeader(buffer, n))
      : read;
  }

  #readUnread(buffer: Uint8Array, unread: Uint8Array): Promise<number> {
    const part = unread.subarray(0, buffer.length);
    buffer.set(part);
    this.#unread = part.length < unread.length
      ? unread.subarray(part.length)
      : null;
    return Promise.resolve(part.length);
  }

  readonly #onRead = (n: number | null): number | null => {
    this.#endRead();
    if (this.#shared !== null) {
      this.#shared.completed++;
      this.#shared.fair.completed();
    }
    if (!this.hasReceived && n !== null) {
      this.hasReceived = true;
      this.#shared?.received(this);
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
    this.#beginWait();
    this.#isReading = true;
  }

  #endRead(): void {
    this.#isReading = false;
    this.#reads++;
    this.#endWait();
  }

  /** A peer that reads slowly is not idle: each partial write restarts the clock. */
  async #writeRest(rest: Uint8Array): Promise<void> {
    const write = (part: Uint8Array) => {
      this.#restartWait();
      return this.#conn.write(part);
    };
    await writeAll({ write }, rest);
  }

  #beginWait(): void {
    this.#pending++;
    this.#restartWait();
  }

  #restartWait(): void {
    if (this.#idle !== null) this.#waitingSince = this.#idle.step;
  }

  /** The other direction may still wait, from now on. */
  #endWait(): void {
    this.#pending--;
    if (this.#pending === 0) this.#waitingSince = NOT_WAITING;
    else this.#restartWait();
  }

  async #close(): Promise<void> {
    this.#idle?.delete(this);
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

function refuseProxyHeader(
  buffer: Uint8Array,
  n: number | null,
): number | null {
  if (n !== null && isProxyHeader(buffer.subarray(0, n))) {
    throw new UnexpectedProxyHeaderError(
      "The connection begins with a PROXY protocol header",
    );
  }
  return n;
}
