/** A listener of `Deno.listen` or `Deno.listenTls`. */
export type Listener = Deno.TcpListener | Deno.TlsListener;

/** The first and the longest pause while descriptors are exhausted, in ms. */
const BACKOFF = { first: 5, longest: 100 };

/** The shortest time between two warnings, in milliseconds. */
const WARNING_INTERVAL = 5_000;

/** What the process or the system may run out of, by accept(2). */
const EXHAUSTED = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/**
 * Accepts one connection after the other, whatever the peers do.
 *
 * `for await (const conn of listener)` throws out of the loop when a peer resets
 * before it is accepted, and when the process has no file descriptor left: one peer
 * or one busy minute ends the server. Here the first is skipped, and the second is
 * waited out, with an exponential back-off; new connections wait in the kernel's
 * backlog meanwhile.
 */
export class Acceptor {
  readonly #listener: Listener;
  readonly #warn: (line: string) => void;
  readonly #pause: typeof pause;
  readonly #closed = new AbortController();
  #backoff = BACKOFF.first;
  #warnedAt = -Infinity;
  /** Whether an accept waits for a client, and not for a descriptor. */
  isWaiting = false;

  /** Takes over an open listener: close it through this object alone. */
  constructor(
    listener: Listener,
    warn: (line: string) => void,
    pauseFor = pause,
  ) {
    this.#listener = listener;
    this.#warn = warn;
    this.#pause = pauseFor;
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
        this.#backoff = BACKOFF.first;
        this.isWaiting = false;
        return withoutDelay(conn);
      } catch (error) {
        this.isWaiting = false;
        if (isExhausted(error)) await this.#backOff(error);
        else if (!isAbortedConnection(error) && !this.isClosed) throw error;
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

  async #backOff({ code }: Exhaustion): Promise<void> {
    const now = performance.now();
    if (now - this.#warnedAt >= WARNING_INTERVAL) {
      this.#warnedAt = now;
      this.#warn(
        code === "EMFILE" || code === "ENFILE"
          ? `Out of file descriptors (${code}): new connections wait; allow more (ulimit -n) or fewer connections`
          : `Out of memory for sockets (${code}): new connections wait`,
      );
    }
    await this.#pause(this.#backoff, this.#closed.signal);
    this.#backoff = Math.min(this.#backoff * 2, BACKOFF.longest);
  }
}

/** Waits, and returns early when the signal is aborted. */
export function pause(
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
}

type Exhaustion = Error & { code: string };

function isExhausted(error: unknown): error is Exhaustion {
  return error instanceof Error && "code" in error &&
    typeof error.code === "string" && EXHAUSTED.has(error.code);
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
