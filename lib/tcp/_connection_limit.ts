/** How {@linkcode Seats} are shared. */
export interface SeatsOptions {
  /** How many there are. */
  most: number;
  /**
   * What they are counted in, for threads that share them; from
   * {@linkcode Seats.memory} of another.
   *
   * @default {undefined} Nobody else's.
   */
  memory?: SharedArrayBuffer;
  /** Called when one is free again and another thread waits: it is to `wake`. */
  onFree?: () => void;
}

/** Where in the memory the taken ones are counted, and those who wait. */
const TAKEN = 0;
const WAITING = 1;

/**
 * The seats of a server: as many clients as it talks with at once, over all of
 * its threads.
 *
 * Taking one and leaving one is an atomic operation and nothing more. Who waits
 * for one is woken by `wake`, from another thread by a message: Deno's event loop
 * does not wait for `Atomics.waitAsync`.
 *
 * @example
 * ```ts
 * import { Seats } from "./_connection_limit.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const seats = new Seats({ most: 1 });
 * const other = new Seats({ most: 1, memory: seats.memory });
 * assertEquals(seats.take(), true);
 * assertEquals(other.take(), false);
 * seats.leave();
 * assertEquals(other.take(), true);
 * ```
 */
export class Seats {
  /** What they are counted in: for another thread. */
  readonly memory: SharedArrayBuffer;
  readonly #most: number;
  readonly #counts: Int32Array;
  readonly #onFree: () => void;
  #freed: PromiseWithResolvers<void> | null = null;

  /** All free, unless the memory says otherwise. */
  constructor({ most, memory, onFree = () => {} }: SeatsOptions) {
    this.#most = most;
    this.memory = memory ??
      new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
    this.#counts = new Int32Array(this.memory);
    this.#onFree = onFree;
  }

  /** Whether one is free; another thread may be faster to take it. */
  get isOneFree(): boolean {
    return Atomics.load(this.#counts, TAKEN) < this.#most;
  }

  /** Takes one if one is free; whether it did. */
  take(): boolean {
    for (;;) {
      const taken = Atomics.load(this.#counts, TAKEN);
      if (taken >= this.#most) return false;
      const seen = Atomics.compareExchange(
        this.#counts,
        TAKEN,
        taken,
        taken + 1,
      );
      if (seen === taken) return true;
    }
  }

  /** Leaves one that was taken, and wakes those who wait. */
  leave(): void {
    Atomics.sub(this.#counts, TAKEN, 1);
    if (Atomics.load(this.#counts, WAITING) === 0) return;
    this.wake();
    this.#onFree();
  }

  /** Wakes those of this thread who wait: another has left a seat. */
  wake(): void {
    this.#freed?.resolve();
    this.#freed = null;
  }

  /**
   * Waits until one may be free.
   *
   * @param signal Endpoints the wait when it is aborted.
   */
  async untilOneIsFree(signal: AbortSignal): Promise<void> {
    while (!this.isOneFree && !signal.aborted) {
      const freed = this.#freed ??= Promise.withResolvers<void>();
      const wake = () => this.wake();
      // Counted first: who leaves one from now on sees that somebody waits.
      Atomics.add(this.#counts, WAITING, 1);
      signal.addEventListener("abort", wake, { once: true });
      if (this.isOneFree || signal.aborted) this.wake();
      await freed.promise;
      signal.removeEventListener("abort", wake);
      Atomics.sub(this.#counts, WAITING, 1);
    }
  }
}
