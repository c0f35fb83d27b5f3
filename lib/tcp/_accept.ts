import { systemClock } from "../net/clock.ts";
import { printable } from "../text/printable.ts";

/** A listener of `Deno.listen` or `Deno.listenTls`. */
export type Listener = Deno.TcpListener | Deno.TlsListener;

/** The first and the longest pause after a failed accept, in milliseconds. */
const BACKOFF = { first: 5, longest: 100 };

/** The shortest time between two warnings, in milliseconds. */
const WARNING_INTERVAL = 5_000;

/** What the process or the system may run out of, by accept(2). */
const EXHAUSTED: Record<string, string> = {
  EMFILE:
    "Out of file descriptors (EMFILE): new connections wait; allow more (ulimit -n) or fewer connections",
  ENFILE:
    "Out of file descriptors (ENFILE): new connections wait; allow more (ulimit -n) or fewer connections",
  ENOBUFS: "Out of memory for sockets (ENOBUFS): new connections wait",
  ENOMEM: "Out of memory for sockets (ENOMEM): new connections wait",
};

/**
 * Accepts one connection after the other, whatever the peers do.
 *
 * `for await (const conn of listener)` throws out of the loop when a peer resets
 * before it is accepted, and when the process has no file descriptor left: one peer
 * or one busy minute ends the server. Here the first is skipped. The second, and
 * whatever else accept(2) reports, is waited out with an exponential back-off; new
 * connections wait in the kernel's backlog meanwhile.
 */
export class Acceptor {
  readonly #listener: Listener;
  readonly #warn: (line: string) => void;
  readonly #closed = new AbortController();
  #backoff = BACKOFF.first;
  #warnedAt = -Infinity;
  /** Whether an accept waits for a client, and not for a descriptor. */
  isWaiting = false;

  /** Takes over an open listener: close it through this object alone. */
  constructor(listener: Listener, warn: (line: string) => void) {
    this.#listener = listener;
    this.#warn = warn;
  }

  /** Whether {@linkcode close} was called. */
  get isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  /**
   * Waits for the next connection; `null` once this side has closed.
   *
   * Nagle's algorithm is off: a second small write would wait for the peer's
   * acknowledgement (RFC 9293, 3.7.4; 44 ms were measured).
   */
  async accept(): Promise<Deno.TcpConn | Deno.TlsConn | null> {
    while (!this.isClosed) {
      try {
        this.isWaiting = true;
        const conn = await this.#listener.accept();
        this.isWaiting = false;
        this.#backoff = BACKOFF.first;
        return withoutDelay(conn);
      } catch (error) {
        this.isWaiting = false;
        if (isClosed(error)) this.close();
        else if (!isAbortedConnection(error)) await this.#backOff(error);
      }
    }
    return null;
  }

  /** Closes the listener: that ends a pending accept. */
  close(): void {
    if (this.isClosed) return;
    this.#closed.abort();
    this.#listener[Symbol.dispose]();
  }

  async #backOff(error: unknown): Promise<void> {
    const now = systemClock.now();
    if (now - this.#warnedAt >= WARNING_INTERVAL) {
      this.#warnedAt = now;
      this.#warn(EXHAUSTED[codeOf(error)] ?? `Cannot accept: ${words(error)}`);
    }
    await pause(this.#backoff, this.#closed.signal);
    this.#backoff = Math.min(this.#backoff * 2, BACKOFF.longest);
  }
}

/** Waits, and returns early when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = systemClock.later(end, ms);
    signal.addEventListener("abort", end);
  });
}

/** What an error says, in text that is safe to print. */
export function words(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Whether the listener was closed, here or by its owner. */
function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.BadResource ||
    error instanceof Deno.errors.Interrupted;
}

/** Whether the peer has reset the connection before it was accepted. */
function isAbortedConnection(error: unknown): boolean {
  return error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.ConnectionAborted;
}

function withoutDelay<T extends Deno.TcpConn | Deno.TlsConn>(conn: T): T {
  try {
    // Deno's TLS connections have no such method.
    if ("setNoDelay" in conn) conn.setNoDelay(true);
  } catch {
    // Some systems refuse it on a connection that the peer has reset already;
    // the first read reports that.
  }
  return conn;
}
