import { delay } from "@std/async/delay";
import { sameAddress } from "../net/address.ts";
import type { Loop } from "./_fair_scheduler.ts";

/** The first and the longest pause after a lack of descriptors, in milliseconds. */
const BACKOFF = { first: 5, longest: 100 };

/** How long a connection to oneself may take, in milliseconds: far less is usual. */
const LOOP_LIMIT = 1_000;

/** How often a lack that goes on is told of, in milliseconds. */
const NOTE_INTERVAL = 5_000;

/** What the process, or the whole system, may run out of: accept(2). */
const LACKS = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** How an {@linkcode Acceptor} behaves. */
export interface AcceptorOptions {
  /** Endpoints the accepting when it is aborted. */
  signal: AbortSignal;
  /** Takes one line of text when the process lacks what a connection needs. */
  note?: (line: string) => void;
}

/**
 * Accepts one connection after the other, whatever the peers do.
 *
 * `for await (const conn of listener)` throws out of the loop when a peer
 * resets before it is accepted, and when the process has no file descriptor
 * left: one peer, or one busy minute, ends the server. Here the first is passed
 * over, and the second is waited out; the kernel keeps those who knock
 * meanwhile in its backlog.
 *
 * @example
 * ```ts
 * import { Acceptor } from "./_accept.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const stop = new AbortController();
 * const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const acceptor = new Acceptor(listener, { signal: stop.signal });
 * using peer = await Deno.connect({
 *   hostname: "127.0.0.1",
 *   port: listener.addr.port,
 * });
 * using conn = await acceptor.accept();
 * assertEquals(conn?.remoteAddr, peer.localAddr);
 * stop.abort();
 * assertEquals(await acceptor.accept(), null);
 * ```
 */
export class Acceptor {
  readonly #listener: Deno.TcpListener;
  readonly #signal: AbortSignal;
  readonly #note: (line: string) => void;
  #backoff = BACKOFF.first;
  #notedAt = -Infinity;
  /** Who came while this side connected to itself. */
  readonly #early: Deno.TcpConn[] = [];

  /** Takes over an open listener: the signal closes it. */
  constructor(
    listener: Deno.TcpListener,
    { signal, note = () => {} }: AcceptorOptions,
  ) {
    this.#listener = listener;
    this.#signal = signal;
    this.#note = note;
    // Closing is what ends an accept that waits.
    const close = () => listener[Symbol.dispose]();
    if (signal.aborted) close();
    else signal.addEventListener("abort", close, { once: true });
  }

  /**
   * Waits for the next connection.
   *
   * @returns The connection, with Nagle's algorithm off (RFC 9293, 3.7.4: a second
   * small write would wait for the peer's acknowledgement, 44 ms were measured),
   * or `null` once the signal is aborted.
   */
  async accept(): Promise<Deno.TcpConn | null> {
    while (!this.#signal.aborted) {
      try {
        const conn = this.#early.shift() ?? await this.#listener.accept();
        this.#backoff = BACKOFF.first;
        return withoutDelay(conn);
      } catch (error) {
        if (isLack(error)) await this.#waitFor(error);
        // It has gone again before it was accepted: the next one.
        else if (!isPeersFault(error) && !this.#signal.aborted) throw error;
      }
    }
    for (const conn of this.#early.splice(0)) conn.close();
    return null;
  }

  /**
   * Opens a connection to oneself, by way of this listener: Deno allows that to
   * whoever it allows to listen. Others who come meanwhile are accepted later, and
   * not much later: a firewall, an interface that is down or a full backlog may
   * swallow the attempt without a word.
   *
   * @param hostname Where the listener listens, as Deno was told it.
   * @returns Both ends; `null` if there is no way there, or no descriptor for it.
   */
  async connectToSelf(hostname: string): Promise<Loop | null> {
    const { port } = this.#listener.addr;
    let near: Deno.TcpConn | null = null;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), LOOP_LIMIT);
    try {
      const signal = AbortSignal.any([this.#signal, late.signal]);
      near = await Deno.connect({ hostname, port, signal });
      for (;;) {
        const far = await this.#acceptAnother();
        if (sameAddress(far.remoteAddr, near.localAddr)) return { near, far };
        this.#early.push(far);
      }
    } catch {
      // Whatever hinders it hinders no client, and accept tells of it if it does.
      near?.close();
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  async #acceptAnother(): Promise<Deno.TcpConn> {
    for (;;) {
      try {
        return await this.#listener.accept();
      } catch (error) {
        // It has gone again before it was accepted: the next one.
        if (!isPeersFault(error)) throw error;
      }
    }
  }

  async #waitFor(lack: Lack): Promise<void> {
    this.#tell(lack);
    try {
      await delay(this.#backoff, { signal: this.#signal });
    } catch {
      // Cut short by the signal, which the loop looks at next.
    }
    this.#backoff = Math.min(this.#backoff * 2, BACKOFF.longest);
  }

  #tell({ code }: Lack): void {
    const now = performance.now();
    if (now - this.#notedAt < NOTE_INTERVAL) return;
    this.#notedAt = now;
    this.#note(
      code === "EMFILE" || code === "ENFILE"
        ? `Out of file descriptors (${code}): new connections wait; allow more (ulimit -n), or fewer connections`
        : `Out of memory for sockets (${code}): new connections wait`,
    );
  }
}

type Lack = Error & { code: string };

function isLack(error: unknown): error is Lack {
  return error instanceof Error && "code" in error &&
    typeof error.code === "string" && LACKS.has(error.code);
}

function isPeersFault(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted;
}

function withoutDelay(conn: Deno.TcpConn): Deno.TcpConn {
  try {
    conn.setNoDelay(true);
  } catch {
    // Some systems refuse it on a connection that the peer has reset already;
    // the first read tells of that.
  }
  return conn;
}
