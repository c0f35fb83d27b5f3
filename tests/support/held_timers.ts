/** A timer that was set and does not fire by itself. */
interface Timer {
  delay: number;
  callback: () => void;
}

/**
 * Keeps timers of some lengths from firing, until the block ends (`using`): a test
 * fires them itself, and need not wait.
 */
export class HeldTimers implements Disposable {
  /** Those that were set and not cleared. */
  readonly #timers = new Map<unknown, Timer>();
  readonly #own = {
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
  };
  #set = Promise.withResolvers<void>();

  /** Holds the timers of which this accepts the length, in ms. */
  constructor(isHeld: (delay: number) => boolean) {
    const { setTimeout, clearTimeout } = this.#own;
    let last = 1_000_000_000;
    Object.assign(globalThis, {
      setTimeout: (callback: () => void, delay = 0) => {
        if (!isHeld(delay)) return setTimeout(callback, delay);
        this.#timers.set(++last, { delay, callback });
        this.#set.resolve();
        return last;
      },
      clearTimeout: (id?: number) => {
        if (!this.#timers.delete(id)) clearTimeout(id);
      },
    });
  }

  /** Fires the timer that was set first, once there is one; its length in ms. */
  async fireNext(): Promise<number> {
    for (;;) {
      const [next] = this.#timers;
      if (next !== undefined) {
        const [id, { delay, callback }] = next;
        this.#timers.delete(id);
        callback();
        return delay;
      }
      this.#set = Promise.withResolvers();
      await this.#set.promise;
    }
  }

  /** Lets timers fire by themselves again. */
  [Symbol.dispose](): void {
    Object.assign(globalThis, this.#own);
  }
}
