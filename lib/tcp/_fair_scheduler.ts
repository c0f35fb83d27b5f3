/** Deno completes at most this many socket operations in one turn of its loop. */
export const BATCH = 128;

/** With this few completed in a turn, no ready socket was left over. */
export const FEW = BATCH / 8;

/**
 * Keeps connections from starving when more than 128 of them are busy.
 *
 * Deno completes at most 128 socket operations in one turn of its event loop (the
 * budget of a Tokio task). If more sockets are ready, some are left over, and
 * sockets that become ready meanwhile come before them. The connections served
 * last, whose peers ask again at once, are always among those: of 500 clients that
 * never paused, some were answered twice in three seconds, others 1,800 times.
 *
 * So after a full batch, connections that want to read wait until the others have
 * been served: until few operations completed while a timer passed. The first time
 * it takes two timers, of which one begins after the batch. (setImmediate and
 * MessageChannel do not make Deno ask the system which sockets are ready.)
 *
 * Limit: with 500 clients that never pause, these waits take 15 % of the answers a
 * second.
 */
export class FairScheduler {
  /** How many connections there are: up to 128, none of them starves. */
  connections = 0;
  #completed = 0;
  #turn: Promise<void> | null = null;

  /** What a connection waits for before it reads; `null`: for nothing. */
  get turn(): Promise<void> | null {
    return this.#turn;
  }

  /** Counts a completed read. */
  completed(): void {
    if (this.connections <= BATCH) return;
    if (++this.#completed < BATCH || this.#turn !== null) return;
    this.#turn = this.#untilNoneIsLeftOver();
  }

  async #untilNoneIsLeftOver(): Promise<void> {
    await timer();
    do {
      this.#completed = 0;
      await timer();
    } while (this.#completed > FEW);
    this.#completed = 0;
    this.#turn = null;
  }
}

function timer(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
