import { delay } from "@std/async/delay";
import type { FairTurns } from "./fair_turns.ts";
import { IdleTimer } from "./idle_timer.ts";
import { LINGER, lingeringClose } from "./lingering_close.ts";
import type { Reader, StreamConn, Writer } from "./stream_conn.ts";
import { writeAll } from "./write_all.ts";

/** Thrown when the peer has neither sent nor taken anything for too long. */
export class IdleTimeoutError extends Error {
  /** The name that a printed error begins with. */
  override name = "IdleTimeoutError";
}

/** How a {@linkcode Connection} behaves. */
export interface ConnectionOptions {
  /**
   * The longest wait for the peer in one read or write, in milliseconds; 0: for
   * ever.
   *
   * @default {0}
   */
  idleTimeout?: number;
  /** Once aborted, the conversation is to end soon: no pause lasts any longer. */
  stopping?: AbortSignal;
  /** What it shares with other connections, so that none of them starves. */
  turns?: FairTurns;
}

/**
 * A conversation over TCP that cannot be held open or cut short by its peer.
 *
 * It reads and writes like the `Deno.Conn` it wraps, with what that leaves to
 * its user: a write is complete, a wait has a limit, the end is heard by the
 * peer, and the other side of a program can ask for an end while a read waits.
 *
 * @example
 * ```ts
 * import { Connection } from "./connection.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const [peer, conn] = await Promise.all([
 *   Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
 *   listener.accept(),
 * ]);
 * using connection = new Connection(conn, { idleTimeout: 5_000 });
 * await peer.write(new TextEncoder().encode("Sarah"));
 * assertEquals(await connection.read(new Uint8Array(1024)), 5);
 * peer.close();
 * await connection.end();
 * ```
 */
export class Connection implements Reader, Disposable {
  readonly #conn: StreamConn;
  readonly #stopping: AbortSignal | undefined;
  readonly #turns: FairTurns | undefined;
  readonly #idle: IdleTimer;
  /** What `writeAll` writes to. A slow reader is not idle: each part counts. */
  readonly #writer: Writer = {
    write: (part) => {
      this.#idle.wait();
      return this.#conn.write(part);
    },
  };
  #reading = false;
  #peerEnded = false;
  #hungUp = false;
  #closed: "no" | "by us" | "idle" = "no";
  #linger: ReturnType<typeof setTimeout> | null = null;

  /** Takes over an open connection: it is closed through this object alone. */
  constructor(conn: StreamConn, options: ConnectionOptions = {}) {
    const { idleTimeout = 0, stopping, turns } = options;
    this.#conn = conn;
    this.#stopping = stopping;
    this.#turns = turns;
    this.#idle = new IdleTimer(idleTimeout, () => this.#close("idle"));
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
  async read(p: Uint8Array): Promise<number | null> {
    if (this.#hungUp || this.#isClosed("by us")) return null;
    this.#reading = true;
    const turn = this.#turns?.next ?? null;
    if (turn !== null) await turn;
    this.#idle.wait();
    try {
      const n = await this.#conn.read(p);
      this.#turns?.served();
      if (n === null) this.#peerEnded = true;
      // What comes after this side has hung up can no longer be answered.
      return this.#hungUp ? null : n;
    } catch (error) {
      // Closing is how a read that waits is ended.
      if (this.#isClosed("by us")) return null;
      throw this.#reason(error);
    } finally {
      this.#idle.rest();
      this.#reading = false;
    }
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
    try {
      await writeAll(this.#writer, bytes);
    } catch (error) {
      throw this.#reason(error);
    } finally {
      this.#idle.rest();
    }
  }

  /**
   * Waits, and does not count it as the peer's idleness.
   *
   * @param milliseconds How long; cut short once the conversation is to end soon.
   */
  async pause(milliseconds: number): Promise<void> {
    if (milliseconds === 0) return;
    const signal = this.#stopping;
    try {
      await delay(milliseconds, signal === undefined ? {} : { signal });
    } catch {
      // Cut short by the signal; what follows the pause is done right away.
    }
  }

  /** Ends the conversation: the peer receives what was written, then its end. */
  async end(): Promise<void> {
    this.#idle[Symbol.dispose]();
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

  #close(how: "by us" | "idle"): void {
    if (this.#isClosed("no")) this.#closed = how;
    this.#idle[Symbol.dispose]();
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
