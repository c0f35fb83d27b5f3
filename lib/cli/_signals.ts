/** How a {@linkcode Shutdown} behaves. */
export interface ShutdownOptions {
  /** Called with the second signal: somebody is in a hurry. */
  force: () => void;
  /**
   * The signals to listen to.
   *
   * @default {["SIGINT", "SIGTERM"]}
   */
  signals?: Deno.Signal[];
}

/**
 * Endpoints a program when it is told to: Ctrl-C sends SIGINT, and whoever manages
 * services sends SIGTERM.
 *
 * The first signal asks, and the program finishes what is under way. The second
 * one does not ask. Listening keeps no program alive.
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
  readonly #listening = new Map<Deno.Signal, () => void>();

  /**
   * Listens from now on.
   *
   * @throws {Error} If the system lets nobody listen to one of the signals; then
   * none is listened to.
   */
  constructor({ force, signals = SIGNALS }: ShutdownOptions) {
    // A listener that is left behind would swallow its signal for good.
    using undo = new DisposableStack();
    undo.use(this);
    for (const name of signals) {
      const listener = () => {
        if (this.signal.aborted) force();
        else this.#controller.abort(new Error(`Interrupted by ${name}`));
      };
      Deno.addSignalListener(name, listener);
      this.#listening.set(name, listener);
    }
    undo.move();
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Listens no longer: a signal ends the program at once again. */
  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listening) {
      Deno.removeSignalListener(name, listener);
    }
    this.#listening.clear();
  }
}

/** Windows has Ctrl-Break; its SIGTERM is nothing that a program could hear. */
const SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];
