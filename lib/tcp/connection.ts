import { delay } from "@std/async/delay";
import { writeAll } from "../io/streams.ts";
import type { Reader } from "../io/streams.ts";
import type { StreamConn } from "../net/sockets.ts";
import type { FairScheduler } from "./_fair_scheduler.ts";
import type { IdleTimer, Waiter } from "./_idle_timer.ts";

/** Thrown when the peer has neither sent nor taken anything for too long. */
export class IdleTimeoutError extends Error {
  /** The name that a printed error begins with. */
  override name = "IdleTimeoutError";
}

/** In place of a step of the {@linkcode IdleTimer}: nobody is waited for. */
const NOT_WAITING = -1;

/** What a pause of no length is, once for all of them. */
const NO_PAUSE = Promise.resolve();

/** How a {@linkcode Connection} behaves. */
export interface ConnectionOptions {
  /** Endpoints a read or a write that waits for too long; without it, none does. */
  idle?: IdleTimer;
  /** Once aborted, the conversation is to end soon: no pause lasts any longer. */
  stopping?: AbortSignal;
  /** What it shares with other connections, so that none of them starves. */
  turns?: FairScheduler;
}

/**
 * A conversation over TCP that cannot be held open or cut short by its peer.
 *
 * It reads and writes like the `Deno.Conn` it wraps, with what that leaves to
 * its user: a write is complete, a wait has a limit, the end is heard by the
 * peer, and the other side of a program can ask for an end while a read waits.
 *
 * There may be thousands of them, most of them idle. So a connection has no timer
 * of its own, and its read is no async function: what such a function keeps while
 * it waits, and those functions and timers that are done away with here, were
 * measured at a third of what an idle connection costs in memory.
 *
 * @example
 * ```ts
 * import { Connection } from "./connection.ts";
 * import { IdleTimer } from "./_idle_timer.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const [peer, conn] = await Promise.all([
 *   Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
 *   listener.accept(),
 * ]);
 * const idle = new IdleTimer(5_000);
 * using connection = new Connection(conn, { idle });
 * await peer.write(new TextEncoder().encode("Sarah"));
 * assertEquals(await connection.read(new Uint8Array(1024)), 5);
 * peer.close();
 * await connection.end();
 * ```
 */
export class Connection implements Reader, Waiter, Disposable {
  readonly #conn: StreamConn;
  readonly #stopping: AbortSignal | undefined;
  readonly #turns: FairScheduler | undefined;
  readonly #idle: IdleTimer | undefined;
  #waitingSince = NOT_WAITING;
  #reading = false;
  #peerEnded = false;
  #hungUp = false;
  #closed: "no" | "by us" | "idle" = "no";
  #linger: ReturnType<typeof setTimeout> | null = null;

  /** Takes over an open connection: it is closed through this object alone. */
  constructor(conn: StreamConn, options: ConnectionOptions = {}) {
    const { idle, stopping, turns } = options;
    this.#conn = conn;
    this.#stopping = stopping;
    this.#turns = turns;
    this.#idle = idle;
    idle?.watch(this);
  }

  /**
   * Reads what is there, and waits if that is nothing.
   *
   * @throws {IdleTimeoutError} If nothing comes in time; the connection is closed.
   * @throws {Deno.errors.ConnectionReset} If the peer has reset it.
   * @param p Where to put the bytes.
   * @returns How many came; `null` once the peer, or {@linkcode hangUp}, has
   * ended the conversation.
   */
  read(p: Uint8Array): Promise<number | null> {
    if (this.#hungUp || this.#isClosed("by us")) return Promise.resolve(null);
    this.#reading = true;
    const turn = this.#turns?.next ?? null;
    return turn === null ? this.#readNow(p) : turn.then(() => this.#readNow(p));
  }

  /**
   * Writes all of `bytes`.
   *
   * @throws {IdleTimeoutError} If the peer takes nothing in time; the connection
   * is closed.
   * @throws {Deno.errors.BrokenPipe} If the peer has closed the connection.
   * @throws {Deno.errors.ConnectionReset} If the peer has reset it.
   * @param bytes What to write; it must not change before the promise settles.
   */
  async write(bytes: Uint8Array): Promise<void> {
    this.#wait();
    try {
      // Most often this is all, and nothing more is allocated for it.
      const n = await this.#conn.write(bytes);
      if (n < bytes.length) await this.#writeRest(bytes.subarray(n));
    } catch (error) {
      throw this.#reason(error);
    } finally {
      this.#waitingSince = NOT_WAITING;
    }
  }

  /**
   * Waits, and does not count it as the peer's idleness.
   *
   * @param milliseconds How long; cut short once the conversation is to end soon.
   */
  pause(milliseconds: number): Promise<void> {
    return milliseconds === 0 ? NO_PAUSE : this.#pause(milliseconds);
  }

  /** Endpoints the conversation: the peer receives what was written, then its end. */
  async end(): Promise<void> {
    this.#idle?.forget(this);
    if (this.#peerEnded || !this.#isClosed("no")) {
      // Nothing is left to read, so closing cuts nothing short.
      this.close();
    } else {
      await lingeringClose(this.#conn);
      this.close();
    }
  }

  /**
   * Asks for the end from outside: the next read, or the one that waits now,
   * returns `null`. A peer for which a read waits is told, and has
   * {@linkcode LINGER} to close its side.
   */
  hangUp(): void {
    if (this.#hungUp || !this.#isClosed("no")) return;
    this.#hungUp = true;
    if (!this.#reading) return;
    this.#linger = setTimeout(() => this.close(), LINGER);
    this.#conn.closeWrite().catch(() => {
      // A peer that is gone already cannot be told; the read finds that out.
    });
  }

  /** Closes at once; what the peer has not received yet may be lost. */
  close(): void {
    this.#close("by us");
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** For the {@linkcode IdleTimer}: when the wait for the peer began. */
  get waitingSince(): number {
    return this.#waitingSince;
  }

  /** For the {@linkcode IdleTimer}: the peer has been waited for too long. */
  giveUp(): void {
    this.#close("idle");
  }

  #readNow(p: Uint8Array): Promise<number | null> {
    this.#wait();
    return this.#conn.read(p).then(this.#wasRead, this.#wasNotRead);
  }

  readonly #wasRead = (n: number | null): number | null => {
    this.#rest();
    this.#turns?.served();
    if (n === null) this.#peerEnded = true;
    // What comes after this side has hung up can no longer be answered.
    return this.#hungUp ? null : n;
  };

  readonly #wasNotRead = (error: unknown): null => {
    this.#rest();
    // Closing is how a read that waits is ended.
    if (this.#isClosed("by us")) return null;
    throw this.#reason(error);
  };

  /** One who takes its bytes slowly is not idle: each part counts. */
  async #writeRest(rest: Uint8Array): Promise<void> {
    const write = (part: Uint8Array) => {
      this.#wait();
      return this.#conn.write(part);
    };
    await writeAll({ write }, rest);
  }

  async #pause(milliseconds: number): Promise<void> {
    const signal = this.#stopping;
    try {
      await delay(milliseconds, signal === undefined ? {} : { signal });
    } catch {
      // Cut short by the signal; what follows the pause is done right away.
    }
  }

  #wait(): void {
    if (this.#idle !== undefined) this.#waitingSince = this.#idle.step;
  }

  #rest(): void {
    this.#reading = false;
    this.#waitingSince = NOT_WAITING;
  }

  #close(how: "by us" | "idle"): void {
    if (this.#isClosed("no")) this.#closed = how;
    this.#idle?.forget(this);
    if (this.#linger !== null) clearTimeout(this.#linger);
    this.#conn[Symbol.dispose]();
  }

  /** A method, as what it tells changes while a read waits. */
  #isClosed(how: "no" | "by us" | "idle"): boolean {
    return this.#closed === how;
  }

  #reason(error: unknown): unknown {
    if (!this.#isClosed("idle")) return error;
    return new IdleTimeoutError("The peer was silent for too long", {
      cause: error,
    });
  }
}

/** How long to wait for the peer to close its side, in milliseconds. */
export const LINGER = 1_000;

/** Where what the peer still sends goes; it is never looked at, so one will do. */
const SCRAPS = new Uint8Array(1_024);

/**
 * Closes a connection so that the peer receives all that was written to it.
 *
 * A plain `close()` while input is still unread makes the kernel send a reset,
 * and a reset throws away what the peer has not read yet: the last answer. So
 * this side stops sending first (the peer reads the end of input), takes in what
 * still comes, and closes when the peer has closed or the time is up. RFC 9112,
 * 9.6 asks HTTP servers for the same.
 *
 * @param conn The connection; nothing may be reading from it.
 * @param limit The longest to wait for the peer, in milliseconds.
 *
 * @example
 * ```ts
 * import { lingeringClose } from "./connection.ts";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const [peer, conn] = await Promise.all([
 *   Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
 *   listener.accept(),
 * ]);
 * await conn.write(new TextEncoder().encode("Good bye!"));
 * peer.close();
 * await lingeringClose(conn);
 * ```
 */
export async function lingeringClose(
  conn: StreamConn,
  limit: number = LINGER,
): Promise<void> {
  const timer = setTimeout(() => conn[Symbol.dispose](), limit);
  try {
    // The reading need not wait for this, and its failure is the read's too.
    conn.closeWrite().catch(() => {});
    while (await conn.read(SCRAPS) !== null);
  } catch {
    // The peer has reset the connection, or it was closed under the read: the
    // time was up. Either way nobody is left to be polite to.
  } finally {
    clearTimeout(timer);
    conn[Symbol.dispose]();
  }
}
