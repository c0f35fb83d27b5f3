import type { Clock } from "../../lib/net/clock.ts";

/** A clock that stands still until `pass` moves it. */
export class FakeClock implements Clock {
  #now = 1_000;
  #lastId = 0;
  readonly #timers = new Map<number, { due: number; callback: () => void }>();

  /** The number of pending callbacks. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  later(callback: () => void, delay: number): () => void {
    const id = ++this.#lastId;
    this.#timers.set(id, { due: this.#now + delay, callback });
    return () => this.#timers.delete(id);
  }

  /** Moves the clock and calls each callback that is due by then, at its time. */
  pass(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a.due - b.due);
      if (next === undefined || next[1].due > end) break;
      this.#timers.delete(next[0]);
      this.#now = next[1].due;
      next[1].callback();
    }
    this.#now = end;
  }

  /** Time passes, but timers fire only afterwards, and once: the process stood still. */
  standStill(milliseconds: number): void {
    this.#now += milliseconds;
    const due = [...this.#timers].filter(([, timer]) => timer.due <= this.#now);
    for (const [id, { callback }] of due) {
      this.#timers.delete(id);
      callback();
    }
  }
}
