import { systemClock } from "../net/clock.ts";
import { printable } from "../text/printable.ts";

/** A listener of `Deno.listen` or `Deno.listenTls`. */
export type Listener = Deno.TcpListener | Deno.TlsListener;

/** The first and the longest pause after a failed accept, in milliseconds. */
const BACKOFF = { first: 5, longest: 100 };

/** The shortest time between two warnings, in milliseconds. */
const WARNING_INTERVAL = 5_000;

/** The names of errors: the listener is closed, the peer has reset the connection. */
const CLOSED = new Set(["BadResource", "Interrupted"]);
const RESET = new Set(["NotConnected", "ConnectionReset", "ConnectionAborted"]);

/**
 * Accepts one connection after the other, whatever the peers do.
 *
 * `for await (const conn of listener)` throws when a peer resets before it is accepted,
 * and when no file descriptor is left: one peer or one busy minute ends the server.
 * Here the first is skipped. The second, and whatever else accept(2) reports, is waited
 * out with an exponential back-off; new connections wait in the backlog meanwhile.
 */
export class Acceptor {
  readonly #listener: Listener;
  readonly #warn: (line: string) => void;
  #backoff = BACKOFF.first;
  #warnedAt = -Infinity;
  isClosed = false;
  /** Whether an accept waits for a client, and not for a descriptor. */
  isWaiting = false;

  /** Takes over an open listener: close it through this object alone. */
  constructor(listener: Listener, warn: (line: string) => void) {
    this.#listener = listener;
    this.#warn = warn;
  }

  /**
   * Waits for the next connection; `null` once the listener is closed.
   *
   * Nagle's algorithm is off: a second small write would wait for the peer's
   * acknowledgement (RFC 9293, 3.7.4; 44 ms were measured).
   */
  async accept(): Promise<Deno.TcpConn | Deno.TlsConn | null> {
    while (!this.isClosed) {
      this.isWaiting = true;
      try {
        const conn = await this.#listener.accept();
        this.isWaiting = false;
        this.#backoff = BACKOFF.first;
        setNoDelay(conn);
        return conn;
      } catch (error) {
        this.isWaiting = false;
        const name = error instanceof Error ? error.name : "";
        if (CLOSED.has(name)) this.close();
        else if (!RESET.has(name)) await this.#backOff(error);
      }
    }
    return null;
  }

  /** Closes the listener: that ends a pending accept. */
  close(): void {
    this.isClosed = true;
    this.#listener[Symbol.dispose]();
  }

  async #backOff(error: unknown): Promise<void> {
    const now = systemClock.now();
    if (now - this.#warnedAt >= WARNING_INTERVAL) {
      this.#warnedAt = now;
      const code = error instanceof Error && "code" in error ? error.code : "";
      this.#warn(
        code === "EMFILE" || code === "ENFILE"
          ? `Out of file descriptors (${code}): new connections wait; allow more (ulimit -n) or fewer connections`
          : `Cannot accept, so new connections wait: ${words(error)}`,
      );
    }
    await pause(this.#backoff);
    this.#backoff = Math.min(this.#backoff * 2, BACKOFF.longest);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.later(resolve, ms));
}

/** What an error says, in text that is safe to print. */
export function words(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}

function setNoDelay(conn: Deno.TcpConn | Deno.TlsConn): void {
  try {
    // Deno's TLS connections have no such method.
    if ("setNoDelay" in conn) conn.setNoDelay(true);
  } catch {
    // Some systems refuse it after a reset, which the first read reports.
  }
}
