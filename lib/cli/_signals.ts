/**
 * The signals that ask a program to end. Windows has Ctrl-Break; its SIGTERM is
 * nothing that a program could handle, and its SIGHUP ends the process anyway.
 */
const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** How a {@linkcode Shutdown} behaves. */
export interface ShutdownOptions {
  /** Called by a second signal. */
  force: () => void;
}

/**
 * Turns signals into the shutdown of a program: Ctrl-C sends SIGINT, a service
 * manager sends SIGTERM, and a terminal that goes away sends SIGHUP.
 *
 * The first signal aborts `signal`, and the program finishes what is under way
 * (a *graceful shutdown*). A second one calls `force`, unless it is SIGHUP: when a
 * terminal goes away, the kernel and the shell each send one, and systemd may send
 * one right after SIGTERM. Handling signals does not keep a process alive.
 *
 * SIGXFSZ, which comes with a write beyond the limit for files (`ulimit -f`), would
 * end the process; here the write fails, as on a full disk.
 *
 * @example
 * ```ts
 * import { Shutdown } from "./_signals.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using shutdown = new Shutdown({ force: () => Deno.exit(130) });
 * assertEquals(shutdown.signal.aborted, false);
 * ```
 */
export class Shutdown implements Disposable {
  readonly #controller = new AbortController();
  readonly #handlers = new Map<Deno.Signal, () => void>();

  /** Handles the signals from now on. */
  constructor({ force }: ShutdownOptions) {
    // If one cannot be handled, the others must not be swallowed for good.
    using undo = new DisposableStack();
    undo.use(this);
    if (Deno.build.os !== "windows") this.#handle("SIGXFSZ", () => {});
    for (const name of SIGNALS) {
      this.#handle(name, () => {
        if (!this.signal.aborted) {
          this.#controller.abort(new Error(`Interrupted by ${name}`));
        } else if (name !== "SIGHUP") {
          force();
        }
      });
    }
    undo.move();
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  #handle(name: Deno.Signal, handler: () => void): void {
    Deno.addSignalListener(name, handler);
    this.#handlers.set(name, handler);
  }

  /** Handles signals no longer: the next one ends the process at once. */
  [Symbol.dispose](): void {
    for (const [name, handler] of this.#handlers) {
      Deno.removeSignalListener(name, handler);
    }
    this.#handlers.clear();
  }
}
