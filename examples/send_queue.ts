/**
 * What waits to be sent to one connection, with a limit, for chat.ts.
 *
 * A write to a peer that does not read does not return. Where one message goes to
 * many peers, each of them has a queue: the sender fills it and goes on.
 */
import { concat } from "../lib/io/mod.ts";
import { deadline } from "../lib/net/mod.ts";
import type { Connection } from "../lib/tcp/mod.ts";

/** How long the last bytes may take, in milliseconds. */
const LAST = 5_000;

export class SendQueue {
  /** Whether too much waited: nothing is added any more. */
  isExceeded = false;
  /** Resolved at that moment. */
  readonly exceeded: Promise<void>;
  readonly #conn: Connection;
  readonly #limit: number;
  readonly #farewell: Uint8Array;
  readonly #exceed: () => void;
  #written = Promise.resolve();
  #waiting: Uint8Array[] = [];
  /** The bytes that wait, those of the write under way included. */
  #size = 0;

  /** Above `limit` bytes, `farewell` takes the place of all that waits. */
  constructor(conn: Connection, limit: number, farewell: Uint8Array) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.exceeded = promise;
    this.#exceed = resolve;
    this.#conn = conn;
    this.#limit = limit;
    this.#farewell = farewell;
  }

  /** Adds bytes, which must not change. It does not wait for the peer. */
  send(bytes: Uint8Array): void {
    if (this.isExceeded) return;
    this.#waiting.push(bytes);
    this.#size += bytes.length;
    if (this.#size === bytes.length) this.#written = this.#write();
    if (this.#size <= this.#limit) return;
    this.isExceeded = true;
    this.#waiting = [this.#farewell];
    this.#exceed();
  }

  /** Settles when all is written. */
  get written(): Promise<void> {
    return this.#written;
  }

  /** Waits until all is written, five seconds at most. */
  async flush(): Promise<void> {
    // Not `conn.sleep()`, which ends at once when the server shuts down.
    await deadline(this.#written, LAST).catch(() => this.#conn.abort());
  }

  /** One write at a time; each takes all that waits by then. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const bytes = concat(this.#waiting);
      this.#waiting = [];
      // After a failure the read of this connection ends, too.
      await this.#conn.write(bytes).catch(() => this.#conn.abort());
      this.#size -= bytes.length;
    }
  }
}
