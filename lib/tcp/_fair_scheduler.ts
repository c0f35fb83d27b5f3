import type { StreamConn } from "../net/sockets.ts";

/** How many operations of sockets a program gets done in one go. */
const BATCH = 128;

/** So few in one go show that nobody is left over. */
const FEW = BATCH / 8;

/** A connection of a program to itself. */
export interface Loop {
  /** The end where a byte goes in. */
  readonly near: StreamConn;
  /** The end where it comes out. */
  readonly far: StreamConn;
}

/**
 * Lets many busy connections have their turns, so that none of them starves.
 *
 * Deno gets at most 128 operations of sockets done in one go (the budget of a
 * task in Tokio, which it is built on). If more connections than that are ready,
 * some are left over, and those that become ready meanwhile come before them. Just
 * served ones, whose peers ask again at once, are always among these: of 500
 * clients that never paused, some were answered twice in three seconds, others
 * 1,800 times.
 *
 * So after a full batch whoever was served waits until the others have had their
 * turn. That is seen by a byte which crosses a connection of the program to
 * itself: each time it comes through, the system has been asked once which sockets
 * are ready. When only few were served meanwhile, nobody is left over. No timer,
 * and nothing else that does not pass through the sockets, tells as much.
 *
 * @example
 * ```ts
 * import { FairScheduler } from "./_fair_scheduler.ts";
 * import { assertEquals } from "@std/assert";
 *
 * using turns = new FairScheduler(null); // There may be no way to connect to oneself.
 * turns.connections = 1_000;
 * turns.served();
 * assertEquals(turns.next, null);
 * ```
 */
export class FairScheduler implements Disposable {
  /** How many connections there are: up to 128 nobody is left over. */
  connections = 0;
  #loop: Loop | null;
  readonly #byte = new Uint8Array(1);
  #served = 0;
  #next: Promise<void> | null = null;

  /**
   * Gives everyone a turn from now on.
   *
   * @param loop A connection to oneself, which is taken over; without one, nobody
   * ever waits.
   */
  constructor(loop: Loop | null) {
    this.#loop = loop;
  }

  /** What a connection waits for before it reads again; `null`: for nothing. */
  get next(): Promise<void> | null {
    return this.#next;
  }

  /** Counts a read that is done. */
  served(): void {
    if (this.connections <= BATCH || this.#loop === null) return;
    if (++this.#served < BATCH || this.#next !== null) return;
    this.#next = this.#untilAllWereServed(this.#loop);
  }

  /** Closes the connection to oneself; from now on nobody waits. */
  [Symbol.dispose](): void {
    this.#loop?.near[Symbol.dispose]();
    this.#loop?.far[Symbol.dispose]();
    this.#loop = null;
  }

  async #untilAllWereServed({ near, far }: Loop): Promise<void> {
    try {
      do {
        this.#served = 0;
        // The read comes first: a byte that is there already is read at once, and
        // then nobody asks the system.
        const crossed = far.read(this.#byte);
        await Promise.all([near.write(this.#byte), crossed]);
      } while (this.#served > FEW);
    } catch {
      // Without the connection nobody has to wait any more: it is an aid, and
      // was closed at the end, or by whoever runs the network.
      this[Symbol.dispose]();
    }
    this.#served = 0;
    this.#next = null;
  }
}
